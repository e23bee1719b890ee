#include "cli/tls_batch.hpp"

#include "base/text.hpp"
#include "cli/batch_lines.hpp"
#include "sys/async/blocking_pool.hpp"
#include "sys/async/task_group.hpp"
#include "sys/async/workers.hpp"

#include <boost/json/serialize.hpp>

#include <iostream>

namespace sealpost::cli {
namespace {

class Batch {
public:
    Batch(dns::Resolver& resolver, std::shared_ptr<const tls::ClientContext> context, const TlsBatchOptions& options)
        : resolver_(resolver), context_(std::move(context)), options_(options)
    {
    }

    Task<void> run()
    {
        Executor executor = co_await async::this_executor();
        async::TaskGroup group(executor);
        async::Signal one_is_done(executor);
        async::BlockingPool pool(1);
        LineCutter lines;
        for (bool more = true; more && std::cout;) {
            std::string piece = co_await pool.run(read_some_input);
            more = !piece.empty();
            lines.add(piece);
            if (!more) lines.end();
            while (auto line = lines.next()) {
                ++number_;
                auto domain = read_line(*line);
                if (!domain) continue;
                while (under_way_ >= options_.concurrency) co_await one_is_done.wait(Deadline::never());
                ++under_way_;
                group.spawn(answer(*this, std::move(*domain), one_is_done));
            }
        }
        co_await group.join();
    }

private:
    // Absent: nothing to test, and if the line makes no sense, that has been said.
    std::optional<std::string> read_line(std::string_view text) const
    {
        const std::string_view domain = trim(text);
        if (domain.empty()) return std::nullopt;
        if (domain.size() <= max_domain_bytes) return std::string(domain);
        print({{"asked", domain.substr(0, max_domain_bytes)}, {"line", number_}, {"error", "too long for a domain"}});
        return std::nullopt;
    }

    static Task<void> answer(Batch& batch, std::string domain, async::Signal& one_is_done)
    {
        auto result = co_await tlstest::test_domain(batch.resolver_, batch.context_, domain, batch.options_.test);
        boost::json::object object{{"asked", domain}};
        for (auto& entry : tlstest::to_json(result)) object.emplace(entry.key(), std::move(entry.value()));
        print(object);
        --batch.under_way_;
        one_is_done.notify();
    }

    // Each line at once: whoever asks may wait for it before asking more.
    static void print(const boost::json::object& object) { std::cout << boost::json::serialize(object) << '\n' << std::flush; }

    // A domain has at most 253 octets as A-labels, and somewhat more as people write it.
    static constexpr std::size_t max_domain_bytes = 1024;

    dns::Resolver& resolver_;
    std::shared_ptr<const tls::ClientContext> context_;
    const TlsBatchOptions& options_;
    std::uint64_t number_ = 0;   // of the line
    std::size_t under_way_ = 0;  // tests
};

}  // namespace

Result<> run_tls_batch(dns::Resolver& resolver, std::shared_ptr<const tls::ClientContext> context, const TlsBatchOptions& options)
{
    Batch batch(resolver, std::move(context), options);
    async::run_here([&batch] { return batch.run(); });
    if (!std::cout) return Error{Fault::retry_later, "cannot write to standard output"};
    return {};
}

}  // namespace sealpost::cli
