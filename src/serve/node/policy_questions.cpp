#include "serve/node/policy_questions.hpp"

#include "core/traffic/preview.hpp"
#include "serve/hatadvice/hatadvice.hpp"
#include "serve/policyadmin/host_question.hpp"
#include "serve/trace/question.hpp"
#include "wire/mail/line_ends.hpp"
#include "wire/mail/mailbox.hpp"

#include <algorithm>

namespace sealpost::node {
namespace {

namespace json = boost::json;
using Answer = policyadmin::Questions::Answer;

constexpr std::size_t max_address_bytes = 320;  // RFC 5321 §4.5.3.1, with brackets
constexpr std::size_t max_message_bytes = 1024 * 1024;
constexpr std::size_t max_recipients = 100;

std::string read_address(http::Fields& fields, std::string_view field, const std::string& text)
{
    auto address = trace::parse_address(text);
    if (address) return std::move(*address);
    fields.complain(field, "is not an address: " + address.error().text);
    return {};
}

// What the body tells of the host is not asked.
hostfacts::Spared read_given(http::Fields& fields, const json::object& body, const policy::ConnectionFacts& host)
{
    hostfacts::Spared given;
    given.name = fields.has("host") || fields.has("host_state");
    given.country = fields.has("country") && body.at("country") != "";
    given.reputation = fields.has("reputation");
    given.lists = policyadmin::read_zones(fields, "not_listed");
    for (const auto& zone : host.dns_lists) {
        if (std::find(given.lists.begin(), given.lists.end(), zone) != given.lists.end())
            fields.complain("not_listed", "names a list that listed names, too");
        given.lists.push_back(zone);
    }
    return given;
}

trace::Inquiry read_inquiry(http::Fields& fields, const json::object& body)
{
    trace::Inquiry inquiry;
    inquiry.host = policyadmin::read_host(fields, body);
    inquiry.given = read_given(fields, body, inquiry.host);
    inquiry.helo = fields.text_or("helo", mail::max_domain_bytes, trace::default_helo);
    if (inquiry.helo.empty()) inquiry.helo = trace::default_helo;
    inquiry.mail_from = read_address(fields, "mail_from", fields.text_or("mail_from", max_address_bytes, ""));
    for (const auto& written : fields.texts("rcpt_to", max_recipients, max_address_bytes)) {
        auto address = read_address(fields, "rcpt_to", written);
        if (address.empty())
            fields.complain("rcpt_to", "an address is needed");
        else
            inquiry.rcpt_to.push_back(std::move(address));
    }
    inquiry.message = mail::to_crlf(fields.text_or("message", max_message_bytes, ""));
    inquiry.inside_tls = fields.flag_or("tls", false);
    inquiry.user = fields.text_or("user", max_address_bytes, "");
    inquiry.ask_dns = fields.flag_or("ask_dns", true);
    return inquiry;
}

Answer answer_trace(Machinery& machinery, const GatewayRole& gateway, revisions::CompiledPolicy policy, json::object question)
{
    const auto& config = machinery.config;
    http::Fields fields(question);
    auto inquiry = read_inquiry(fields, question);
    if (config.find_listener(inquiry.host.listener) == nullptr) fields.complain("listener", "is no listener of this node");
    SEALPOST_CO_CHECK(fields.check());
    auto parts = trace::make_parts(config, inquiry.host.listener, policy.snapshot, machinery.resolver, machinery.clock);
    parts.asker = gateway.host_asker().make_silent();
    const auto report = co_await trace::run_trace(std::move(parts), std::move(inquiry));
    co_return trace::to_json(report);
}

Answer answer_preview(Machinery& machinery, std::shared_ptr<traffic::Traffic> traffic, revisions::CompiledPolicy live,
                      revisions::CompiledPolicy staged, std::vector<std::string> changed_keys, std::size_t last)
{
    SEALPOST_CO_TRY(const auto facts, co_await traffic->load(last));
    // Ten thousand of each take a while: not on this worker.
    auto play = [&] {
        auto preview = traffic::make_preview(*live.snapshot, *staged.snapshot, facts, machinery.config.node.hostname);
        preview.not_played = traffic::find_not_played(changed_keys);
        return traffic::to_json(preview);
    };
    auto answer = co_await machinery.pool->run(play);
    co_return answer;
}

Task<std::vector<config::Problem>> find_warnings(Machinery& machinery, revisions::CompiledPolicy policy)
{
    hatadvice::Options options;
    options.own_networks = hatadvice::list_own_networks(machinery.config);
    options.listeners = policy::list_listeners(machinery.config);
    auto warnings = co_await hatadvice::find_warnings(machinery.resolver, policy.snapshot, std::move(options));
    for (auto& warning : policy::find_node_warnings(policy.snapshot->document(), machinery.config))
        warnings.push_back(std::move(warning));
    co_return warnings;
}

}  // namespace

policyadmin::Questions make_policy_questions(Machinery& machinery, GatewayRole& gateway)
{
    policyadmin::Questions questions;
    questions.trace = [&machinery, &gateway](revisions::CompiledPolicy policy, json::object question) {
        return answer_trace(machinery, gateway, std::move(policy), std::move(question));
    };
    questions.preview = [&machinery, traffic = gateway.traffic()](revisions::CompiledPolicy live,
                                                                  revisions::CompiledPolicy staged,
                                                                  std::vector<std::string> changed_keys, std::size_t last) {
        return answer_preview(machinery, traffic, std::move(live), std::move(staged), std::move(changed_keys), last);
    };
    questions.warn = [&machinery](revisions::CompiledPolicy policy) { return find_warnings(machinery, std::move(policy)); };
    return questions;
}

}  // namespace sealpost::node
