#include "cli/spf_batch.hpp"

#include "base/text.hpp"
#include "cli/batch_lines.hpp"
#include "serve/spfadvice/check_json.hpp"
#include "sys/async/blocking_pool.hpp"
#include "sys/async/task_group.hpp"
#include "sys/async/workers.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>
#include <string>

namespace sealpost::cli {
namespace {

Error usage(std::string text) { return Error{Fault::config, std::move(text)}; }

std::optional<std::string> find_text(const boost::json::object& object, std::string_view key)
{
    const auto* value = object.if_contains(key);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string(value->get_string());
}

struct BatchLine {
    boost::json::value id;
    SpfQuestion question;
};

// A key that is there and not null must be a text.
Result<> check_kinds(const boost::json::object& object)
{
    for (const std::string_view key : {"ip", "helo", "mail_from", "receiver"}) {
        const auto* value = object.if_contains(key);
        if (value != nullptr && !value->is_null() && !value->is_string())
            return usage("\"" + std::string(key) + "\" must be a text");
    }
    return {};
}

Result<BatchLine> parse_line(std::string_view text, const std::string& receiver, boost::json::value& id)
{
    if (text.size() > max_batch_line_bytes) return usage("longer than " + std::to_string(max_batch_line_bytes) + " octets");
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(text, error);
    if (error) return usage("not JSON: " + error.message());
    if (!value.is_object()) return usage("not a JSON object");
    const boost::json::object& object = value.get_object();
    if (const auto* its_id = object.if_contains("id")) id = *its_id;
    SEALPOST_CHECK(check_kinds(object));
    const auto ip = find_text(object, "ip");
    if (!ip) return usage("\"ip\" is missing");
    BatchLine line;
    SEALPOST_TRY(line.question, make_spf_question(*ip, find_text(object, "helo"), find_text(object, "mail_from"),
                                                  find_text(object, "receiver").value_or(receiver)));
    line.id = id;
    return line;
}

class Batch {
public:
    Batch(dns::Resolver& resolver, const SpfBatchOptions& options)
        : options_(options), evaluator_(resolver, evaluator_options(options))
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
                auto parsed = read_line(*line);
                if (!parsed) continue;
                while (under_way_ >= options_.at_once) co_await one_is_done.wait(Deadline::never());
                ++under_way_;
                group.spawn(answer(*this, std::move(*parsed), one_is_done));
            }
        }
        co_await group.join();
    }

private:
    static spf::Options evaluator_options(const SpfBatchOptions& options)
    {
        spf::Options chosen;
        chosen.keep_trace = options.keep_trace;
        return chosen;
    }

    // Absent: nothing to evaluate, and if the line makes no sense, that has been said.
    std::optional<BatchLine> read_line(std::string_view text)
    {
        if (trim(text).empty()) return std::nullopt;
        boost::json::value id;
        auto parsed = parse_line(text, options_.receiver, id);
        if (parsed) return std::move(*parsed);
        print({{"id", id}, {"line", number_}, {"error", parsed.error().text}});
        return std::nullopt;
    }

    static Task<void> answer(Batch& batch, BatchLine line, async::Signal& one_is_done)
    {
        const Deadline deadline = Deadline::after(batch.options_.time_limit);
        spf::Report report = co_await batch.evaluator_.check(std::move(line.question.question), line.question.identity, deadline);
        boost::json::object object{{"id", std::move(line.id)}};
        for (auto& entry : spfadvice::to_json(report)) object.emplace(entry.key(), std::move(entry.value()));
        print(object);
        --batch.under_way_;
        one_is_done.notify();
    }

    // Each line at once: whoever asks may wait for it before asking more.
    static void print(const boost::json::object& object) { std::cout << boost::json::serialize(object) << '\n' << std::flush; }

    const SpfBatchOptions& options_;
    spf::Evaluator evaluator_;
    std::uint64_t number_ = 0;   // of the line
    std::size_t under_way_ = 0;  // evaluations
};

}  // namespace

Result<SpfQuestion> make_spf_question(std::string_view ip, const std::optional<std::string>& helo,
                                      const std::optional<std::string>& mail_from, const std::string& receiver)
{
    if (ip.empty()) return usage("--ip is missing: the address of the client");
    const auto address = parse_ip(ip);
    if (!address) return usage("not an IP address: " + std::string(ip));
    SpfQuestion asked;
    asked.question.ip = *address;
    asked.question.helo = helo.value_or("");
    asked.question.receiver = receiver;
    asked.question.at = SystemClock().now();
    asked.identity = mail_from ? spf::Identity::mail_from : spf::Identity::helo;
    std::string_view sender = mail_from ? std::string_view(*mail_from) : std::string_view();
    if (sender.starts_with('<') && sender.ends_with('>')) sender = sender.substr(1, sender.size() - 2);
    asked.question.mail_from = sender;
    if (asked.question.helo.empty() && sender.empty())
        return usage("neither a HELO name nor a sender: there is no domain to ask");
    return asked;
}

Result<> run_spf_batch(dns::Resolver& resolver, const SpfBatchOptions& options)
{
    Batch batch(resolver, options);
    async::run_here([&batch] { return batch.run(); });
    if (!std::cout) return Error{Fault::retry_later, "cannot write to standard output"};
    return {};
}

}  // namespace sealpost::cli
