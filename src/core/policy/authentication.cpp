#include "core/policy/authentication.hpp"

#include "base/text.hpp"
#include "wire/mail/utf8.hpp"

#include <algorithm>
#include <array>

namespace sealpost::policy {
namespace {

constexpr std::size_t max_explanation_bytes = 250;
constexpr std::array<std::string_view, 8> result_words = {"none", "pass",   "neutral",   "softfail",
                                                          "fail", "policy", "temperror", "permerror"};

// What others wrote, for a reply: US-ASCII without controls, and of bounded length.
std::string clean(std::string_view text, std::size_t most)
{
    std::string out = mail::clean_utf8(text.substr(0, most), mail::Controls::none);
    std::replace_if(
        out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) > 126; }, '?');
    return std::string(trim(out));
}

// One method's verdict, and what a refusal because of it would say.
struct Opinion {
    AuthAction action = AuthAction::accept;
    std::string mark;
    std::string detail;  // the enhanced code behind its class
    std::vector<std::string> lines;
};

class Decider {
public:
    Decider(const AuthParameters& parameters, const AuthFacts& facts) : parameters_(parameters), facts_(facts) {}

    AuthDecision decide()
    {
        if (facts_.spf && parameters_.spf) take(judge_spf(*facts_.spf));
        if (facts_.spf && parameters_.spf && parameters_.spf_helo && facts_.spf->helo == AuthResult::fail)
            take(judge_helo(*facts_.spf));
        if (facts_.dkim && parameters_.dkim) take(judge_dkim(*facts_.dkim));
        if (facts_.dmarc && parameters_.dmarc) take(judge_dmarc(*facts_.dmarc));
        return std::move(decision_);
    }

private:
    // The first of equally strong ones gives the reply.
    void take(Opinion opinion)
    {
        if (opinion.action == AuthAction::accept) return;
        decision_.marks.push_back(std::move(opinion.mark));
        if (facts_.only_postmaster) opinion.action = AuthAction::mark;
        if (opinion.action <= decision_.action) return;
        decision_.action = opinion.action;
        if (opinion.action == AuthAction::mark) return;
        const bool rejects = opinion.action == AuthAction::reject;
        decision_.code = rejects ? 550 : 451;
        decision_.enhanced_code = (rejects ? "5." : "4.") + opinion.detail;
        decision_.lines = std::move(opinion.lines);
    }

    [[nodiscard]] AuthAction action_for_spf(AuthResult result) const
    {
        switch (result) {
            case AuthResult::pass: return AuthAction::accept;
            case AuthResult::none: return parameters_.spf_none;
            case AuthResult::neutral: return parameters_.spf_neutral;
            case AuthResult::softfail: return parameters_.spf_softfail;
            case AuthResult::temperror: return parameters_.spf_temperror;
            case AuthResult::permerror: return parameters_.spf_permerror;
            case AuthResult::fail:
            case AuthResult::policy: break;
        }
        return parameters_.spf_fail;
    }

    // RFC 7372 §3.2: 5.7.23 for a fail, 5.7.24 for an error; where the domain did not say no, it is our
    // own choice: 5.7.1.
    static std::string detail_for_spf(AuthResult result)
    {
        if (result == AuthResult::temperror || result == AuthResult::permerror) return "7.24";
        return result == AuthResult::fail ? "7.23" : "7.1";
    }

    // RFC 7208 §8.4: the reply names the domain whose words the explanation is.
    static std::vector<std::string> lines_for_spf(std::string first, const std::string& domain, const std::string& explanation)
    {
        std::vector<std::string> lines = {std::move(first)};
        const auto said = clean(explanation, max_explanation_bytes);
        if (!said.empty()) lines.push_back(clean(domain, 255) + " explains: " + said);
        return lines;
    }

    [[nodiscard]] Opinion judge_spf(const SpfFacts& spf) const
    {
        const std::string word(format_auth_result(spf.mail_from));
        const auto domain = clean(spf.domain, 255);
        std::string said;
        switch (spf.mail_from) {
            case AuthResult::fail:
                said = domain + " does not let " + clean(spf.client, 64) + " send in its name (SPF fail)";
                break;
            case AuthResult::temperror: said = "The SPF record of " + domain + " cannot be looked up at the moment"; break;
            case AuthResult::permerror: said = "The SPF record of " + domain + " cannot be understood"; break;
            default: said = "SPF does not vouch for " + clean(spf.client, 64) + " and " + domain + " (" + word + ')';
        }
        const auto action = action_for_spf(spf.mail_from);
        return {action, "spf-" + word, detail_for_spf(spf.mail_from), lines_for_spf(said, spf.domain, spf.explanation)};
    }

    [[nodiscard]] Opinion judge_helo(const SpfFacts& spf) const
    {
        const auto said = clean(spf.helo_name, 255) + " does not let " + clean(spf.client, 64) + " call itself so (SPF fail)";
        return {parameters_.spf_fail, "spf-helo-fail", "7.23", lines_for_spf(said, spf.helo_name, spf.helo_explanation)};
    }

    [[nodiscard]] Opinion judge_dkim(AuthResult result) const
    {
        const std::string mark = "dkim-" + std::string(format_auth_result(result));
        // RFC 7372 §3.1: X.7.20 "no passing DKIM signature found", X.7.21 none that is acceptable.
        switch (result) {
            case AuthResult::pass: return {};
            case AuthResult::none: return {parameters_.dkim_none, mark, "7.20", {"The message has no DKIM signature"}};
            case AuthResult::temperror:
                return {parameters_.dkim_temperror, mark, "7.20", {"A DKIM key cannot be looked up at the moment"}};
            case AuthResult::neutral:
            case AuthResult::permerror:
                return {parameters_.dkim_permerror, mark, "7.20", {"No DKIM signature can be understood"}};
            case AuthResult::policy:
                return {parameters_.dkim_fail, mark, "7.21", {"No DKIM signature is of a kind that is taken here"}};
            case AuthResult::softfail:
            case AuthResult::fail: break;
        }
        return {parameters_.dkim_fail, mark, "7.20", {"No DKIM signature verifies"}};
    }

    // Of mail that fails.
    [[nodiscard]] AuthAction action_for(DmarcFacts::Wish wish) const
    {
        switch (wish) {
            case DmarcFacts::Wish::reject: return parameters_.dmarc_reject;
            case DmarcFacts::Wish::quarantine: return parameters_.dmarc_quarantine;
            case DmarcFacts::Wish::none: break;
        }
        return AuthAction::accept;
    }

    [[nodiscard]] bool is_trusted(const std::string& sealer) const
    {
        const auto& trusted = parameters_.arc_trusted_sealers;
        return parameters_.arc && std::find(trusted.begin(), trusted.end(), ascii_lower(sealer)) != trusted.end();
    }

    [[nodiscard]] Opinion judge_dmarc(const DmarcFacts& dmarc)
    {
        // RFC 7489 §6.6.1: there is no domain to ask, so no domain's policy keeps forgeries of it out.
        if (dmarc.has_bad_from)
            return {parameters_.dmarc_bad_from,
                    "dmarc-bad-from",
                    "7.1",
                    {"The message must have one From field that names its author by a readable address"}};
        const auto domain = clean(dmarc.author_domain, 255);
        if (dmarc.result == AuthResult::temperror) {
            // A name below the author's domain whose name servers are broken must not be the way around a refusal.
            const bool is_refusal = action_for(dmarc.wish) == AuthAction::reject && !is_trusted(dmarc.sealer);
            return {is_refusal ? parameters_.dmarc_undecided : parameters_.dmarc_temperror,
                    is_refusal ? "dmarc-undecided" : "dmarc-temperror",
                    "7.1",
                    {"The DMARC policy of " + domain + " cannot be applied at the moment"}};
        }
        if (dmarc.result == AuthResult::permerror)
            return {parameters_.dmarc_permerror,
                    "dmarc-permerror",
                    "7.1",
                    {"The DMARC record of " + domain + " cannot be understood"}};
        if (dmarc.result != AuthResult::fail || dmarc.wish == DmarcFacts::Wish::none) return {};
        // RFC 7489 §6.7: local policy may keep what a trusted forwarder vouches for; the results say so.
        if (is_trusted(dmarc.sealer)) {
            decision_.overridden_by = dmarc.sealer;
            return {};
        }
        const bool wants_reject = dmarc.wish == DmarcFacts::Wish::reject;
        const std::string said = "Neither SPF nor DKIM vouches for " + domain + ", whose DMARC policy asks us to ";
        const auto action = action_for(dmarc.wish);
        if (wants_reject) return {action, "dmarc-reject", "7.1", {said + "refuse such mail"}};
        return {action, "dmarc-quarantine", "7.1", {said + "distrust such mail, and we do not take it"}};
    }

    const AuthParameters& parameters_;
    const AuthFacts& facts_;
    AuthDecision decision_;
};

}  // namespace

std::string_view format_auth_result(AuthResult result) { return result_words.at(static_cast<std::size_t>(result)); }

std::optional<AuthResult> parse_auth_result(std::string_view word)
{
    const auto at = std::find(result_words.begin(), result_words.end(), word);
    if (at == result_words.end()) return std::nullopt;
    return static_cast<AuthResult>(at - result_words.begin());
}

AuthDecision decide_authentication(const AuthParameters& parameters, const AuthFacts& facts)
{
    return Decider(parameters, facts).decide();
}

}  // namespace sealpost::policy
