#include "cli/service_check.hpp"

#include "serve/node/service_check.hpp"

namespace sealpost::cli {
namespace {

using Finding = gateway::ServiceFinding;
using Verdict = Finding::Verdict;

constexpr const char* url_key = "gateway.service_url";
constexpr const char* token_key = "gateway.token_file";

// Each step is known when those before it went well.
struct Steps {
    std::optional<bool> is_reachable;
    std::optional<bool> is_proven;
    std::optional<bool> takes_token;
    std::optional<bool> is_enabled;
};

Steps steps_of(Verdict verdict)
{
    switch (verdict) {
        case Verdict::good: return {true, true, true, true};
        case Verdict::account_disabled: return {true, true, true, false};
        case Verdict::token_refused: return {true, true, false, {}};
        case Verdict::refused: return {true, true, {}, {}};
        case Verdict::unproven: return {true, false, {}, {}};
        case Verdict::unreachable: break;
    }
    return {false, {}, {}, {}};
}

boost::json::value to_json(std::optional<bool> step) { return step ? boost::json::value(*step) : boost::json::value(nullptr); }

boost::json::object to_json(const std::string& url, const Finding& finding)
{
    const auto steps = steps_of(finding.verdict);
    boost::json::object facts{{"url", url},
                              {"reachable", to_json(steps.is_reachable)},
                              {"certificate_verified", to_json(steps.is_proven)},
                              {"token_accepted", to_json(steps.takes_token)},
                              {"account_enabled", to_json(steps.is_enabled)},
                              {"organisation", nullptr}};
    if (!finding.organisation.empty()) facts["organisation"] = finding.organisation;
    return facts;
}

std::string format_text(const std::string& url, const Finding& finding)
{
    const auto steps = steps_of(finding.verdict);
    std::string text = url;
    text += *steps.is_reachable ? ": reachable" : ": out of reach";
    if (steps.is_proven) text += *steps.is_proven ? ", certificate verified" : ", certificate not verified";
    if (steps.takes_token) text += *steps.takes_token ? ", token accepted" : ", token refused";
    const std::string name = finding.organisation.empty() ? "" : " of " + finding.organisation;
    if (steps.is_enabled) text += ", account" + name + (*steps.is_enabled ? " enabled" : " disabled");
    return text + '\n';
}

std::string find_hint(const Finding& finding)
{
    switch (finding.verdict) {
        case Verdict::unreachable:
            return "see that the service runs, and that this machine reaches its name and port: a firewall, [dns] resolver";
        case Verdict::unproven: return "the service needs a certificate of its name; of an authority of your own: gateway.trust";
        case Verdict::token_refused:
            return "it was revoked, or is another service's; there: sealpost token new ACCOUNT --out service.token";
        case Verdict::account_disabled: return "at the service: sealpost account enable ACCOUNT";
        case Verdict::refused:
            return finding.may_pass ? "see the log of the service" : "see that service_url is the address of an envelope service";
        case Verdict::good: break;
    }
    return "";
}

bool is_about_token(Verdict verdict) { return verdict == Verdict::token_refused || verdict == Verdict::account_disabled; }

}  // namespace

ServiceCheck check_service(const config::NodeConfig& config)
{
    const std::string& url = config.gateway.service_url;
    ServiceCheck check;
    const auto found = node::check_service(config);
    if (found.has_error()) {
        check.problem = config::Problem{config.file.string(), 0, url_key, "it cannot be asked: " + found.error().text, ""};
        return check;
    }
    check.facts = to_json(url, *found);
    check.text = format_text(url, *found);
    if (found->verdict == Verdict::good) return check;
    const char* key = is_about_token(found->verdict) ? token_key : url_key;
    check.problem = config::Problem{config.file.string(), 0, key, found->problem, find_hint(*found)};
    check.may_pass = found->may_pass;
    return check;
}

}  // namespace sealpost::cli
