#include "cli/spf_batch.hpp"

#include "base/text.hpp"
#include "cli/batch_lines.hpp"
#include "serve/spfadvice/check_json.hpp"
#include "sys/async/workers.hpp"

#include <boost/json/parse.hpp>

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

    std::optional<Task<void>> begin(std::string_view text, std::uint64_t number)
    {
        auto line = read_line(text, number);
        if (!line) return std::nullopt;
        return answer(*this, std::move(*line));
    }

private:
    static spf::Options evaluator_options(const SpfBatchOptions& options)
    {
        spf::Options chosen;
        chosen.keep_trace = options.keep_trace;
        return chosen;
    }

    // Absent: nothing to evaluate, and if the line makes no sense, that has been said.
    std::optional<BatchLine> read_line(std::string_view text, std::uint64_t number) const
    {
        if (trim(text).empty()) return std::nullopt;
        boost::json::value id;
        auto parsed = parse_line(text, options_.receiver, id);
        if (parsed) return std::move(*parsed);
        print_line({{"id", id}, {"line", number}, {"error", parsed.error().text}});
        return std::nullopt;
    }

    static Task<void> answer(Batch& batch, BatchLine line)
    {
        const Deadline deadline = Deadline::after(batch.options_.time_limit);
        spf::Report report = co_await batch.evaluator_.check(std::move(line.question.question), line.question.identity, deadline);
        boost::json::object object{{"id", std::move(line.id)}};
        for (auto& entry : spfadvice::to_json(report)) object.emplace(entry.key(), std::move(entry.value()));
        print_line(object);
    }

    const SpfBatchOptions& options_;
    spf::Evaluator evaluator_;
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
    const auto begin = [&batch](std::string_view line, std::uint64_t number) { return batch.begin(line, number); };
    async::run_here([&] { return answer_lines(options.at_once, begin); });
    if (!std::cout) return Error{Fault::retry_later, "cannot write to standard output"};
    return {};
}

}  // namespace sealpost::cli
