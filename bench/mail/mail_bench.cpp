// A load generator and a sink for SMTP that know nothing of the servers they measure.
#include <sys/resource.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <stdexcept>

#include "runs.hpp"

namespace {

void allow_many_descriptors()
{
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

int run(const mail_bench::Options& options)
{
    switch (options.mode) {
        case mail_bench::Mode::load: return mail_bench::run_load(options);
        case mail_bench::Mode::idle: return mail_bench::run_idle(options);
        case mail_bench::Mode::sink: return mail_bench::run_sink(options);
    }
    return 2;
}

}  // namespace

int main(int count, char** words)
{
    try {
        allow_many_descriptors();
        std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
        return run(mail_bench::parse_options(count, words));
    } catch (const std::logic_error& wrong) {
        std::cerr << "bench_mail: " << wrong.what() << '\n' << mail_bench::usage;
        return 2;
    } catch (const std::exception& broken) {
        std::cerr << "bench_mail: " << broken.what() << '\n';
        return 1;
    }
}
