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

int run(const mail_load::Options& options)
{
    switch (options.mode) {
        case mail_load::Mode::load: return mail_load::run_load(options);
        case mail_load::Mode::idle: return mail_load::run_idle(options);
        case mail_load::Mode::sink: return mail_load::run_sink(options);
    }
    return 2;
}

}  // namespace

int main(int count, char** words)
{
    try {
        allow_many_descriptors();
        std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
        return run(mail_load::parse_options(count, words));
    } catch (const std::logic_error& wrong) {
        std::cerr << "mail_load: " << wrong.what() << '\n' << mail_load::usage;
        return 2;
    } catch (const std::exception& broken) {
        std::cerr << "mail_load: " << broken.what() << '\n';
        return 1;
    }
}
