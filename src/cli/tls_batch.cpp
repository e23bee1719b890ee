#include "cli/tls_batch.hpp"

#include "base/text.hpp"
#include "cli/batch_lines.hpp"
#include "sys/async/workers.hpp"

#include <iostream>

namespace sealpost::cli {
namespace {

class Batch {
public:
    Batch(dns::Resolver& resolver, std::shared_ptr<const tls::ClientContext> context, const TlsBatchOptions& options)
        : resolver_(resolver), context_(std::move(context)), options_(options)
    {
    }

    std::optional<Task<void>> begin(std::string_view line, std::uint64_t number)
    {
        auto domain = read_line(line, number);
        if (!domain) return std::nullopt;
        return answer(*this, std::move(*domain));
    }

private:
    // Absent: nothing to test, and if the line makes no sense, that has been said.
    static std::optional<std::string> read_line(std::string_view text, std::uint64_t number)
    {
        const std::string_view domain = trim(text);
        if (domain.empty()) return std::nullopt;
        if (domain.size() <= max_domain_bytes) return std::string(domain);
        print_line({{"asked", domain.substr(0, max_domain_bytes)}, {"line", number}, {"error", "too long for a domain"}});
        return std::nullopt;
    }

    static Task<void> answer(Batch& batch, std::string domain)
    {
        auto result = co_await tlstest::test_domain(batch.resolver_, batch.context_, domain, batch.options_.test);
        boost::json::object object{{"asked", domain}};
        for (auto& entry : tlstest::to_json(result, batch.options_.language))
            object.emplace(entry.key(), std::move(entry.value()));
        print_line(object);
    }

    // A domain has at most 253 octets as A-labels, and somewhat more as people write it.
    static constexpr std::size_t max_domain_bytes = 1024;

    dns::Resolver& resolver_;
    std::shared_ptr<const tls::ClientContext> context_;
    const TlsBatchOptions& options_;
};

}  // namespace

Result<> run_tls_batch(dns::Resolver& resolver, std::shared_ptr<const tls::ClientContext> context, const TlsBatchOptions& options)
{
    Batch batch(resolver, std::move(context), options);
    const auto begin = [&batch](std::string_view line, std::uint64_t number) { return batch.begin(line, number); };
    async::run_here([&] { return answer_lines(options.concurrency, begin); });
    if (!std::cout) return Error{Fault::retry_later, "cannot write to standard output"};
    return {};
}

}  // namespace sealpost::cli
