#include "serve/domaintests/postmaster_codes.hpp"

#include "serve/signin/signin.hpp"

namespace sealpost::domaintests {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Problem;
using people::GuardKey;

// Never the name of an address: a code for a domain counts apart from codes that open messages.
std::string name_of(const PostmasterCodes::Order& order) { return "domain:" + order.domain; }

std::vector<GuardKey> keys_for_mail(const PostmasterCodes::Order& order)
{
    // Whoever asks may name any domain, and its postmaster asked for nothing: five, then ever longer pauses.
    return {{GuardKey::Kind::mail, name_of(order)}, {GuardKey::Kind::code, "postmasters by " + order.doer.network}};
}

// A stranger's wrong tries do not lock the owner out.
std::vector<GuardKey> keys_for_try(const PostmasterCodes::Order& order)
{
    return {{GuardKey::Kind::code, name_of(order) + " " + order.claimant.name()}, {GuardKey::Kind::network, order.doer.network}};
}

}  // namespace

Task<Checked<json::object>> PostmasterCodes::mail(Order order) const
{
    SEALPOST_CO_CHECK(co_await signin::admit(parts_.people->guard(), keys_for_mail(order)));
    SEALPOST_CO_TRY(auto code, co_await parts_.domains->proofs().begin_code(order.domain, order.claimant));
    json::object answer;
    answer["sent_to"] = code.address;
    answer["reference"] = code.reference;
    answer["expires_at"] = format_rfc3339(code.expires_at);
    PostmasterMail mail{code.address, order.domain, order.language, std::move(code.code), code.reference};
    auto sent = co_await parts_.mail(std::move(mail));
    if (sent.has_error()) co_return sent.error();
    co_return answer;
}

Task<Checked<void>> PostmasterCodes::check(Order order, Secret code) const
{
    SEALPOST_CO_CHECK(co_await signin::admit(parts_.people->guard(), keys_for_try(order)));
    SEALPOST_CO_TRY(const auto verdict,
                    co_await parts_.domains->proofs().check_code(order.domain, order.claimant, std::move(code), order.doer));
    if (const auto* wrong = std::get_if<people::CodeWrong>(&verdict)) {
        Problem problem(403, "wrong-code", "This is not the code");
        problem.more["tries_left"] = wrong->tries_left;
        co_return problem;
    }
    if (std::holds_alternative<people::CodeExpired>(verdict))
        co_return Problem(403, "expired-code", "This code is no longer valid; ask for a new one");
    SEALPOST_CO_CHECK(co_await parts_.people->guard().note_success(keys_for_try(order)));
    co_return Checked<void>();
}

}  // namespace sealpost::domaintests
