#include "serve/reader/reach.hpp"
#include "serve/reader/session_answer.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace sealpost::reader {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Problem;
using http::Request;
using http::Response;
using people::GuardKey;

constexpr std::size_t max_address_bytes = 320;

bool is_known_language(std::string_view language) { return language == "en" || language == "fr"; }

Task<Checked<Response>> show_session(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.find_signed_in(request, Desk::Purpose::look));
    if (signed_in) {
        const auto& session = signed_in->session;
        const auto left = find_seconds_left(desk, session.signed_in_at);
        co_return http::json_response(200, format_session(signed_in->person, session.csrf, session.assurance, left));
    }
    json::object nobody;
    nobody["person"] = nullptr;
    co_return http::json_response(200, nobody);
}

struct CodeOrder {
    std::string address;
    std::string ref;
    bool compose = false;  // to begin a message, without an envelope
    std::string language;
    std::optional<std::string> replaces;
};

Checked<CodeOrder> parse_code_order(const json::object& body)
{
    http::Fields fields(body);
    CodeOrder order;
    auto address = people::normalise_address(fields.text("address", max_address_bytes));
    if (address.has_error())
        fields.complain("address", "is no mail address");
    else
        order.address = std::move(*address);
    order.ref = fields.text_or("ref", 100, "");
    order.compose = fields.flag_or("compose", false);
    if (order.compose && !order.ref.empty()) fields.complain("compose", "stands in place of \"ref\"");
    order.language = fields.text_or("language", 20, "en");
    if (!is_known_language(order.language)) order.language = "en";
    if (fields.has("replaces")) order.replaces = fields.text("replaces", 100);
    SEALPOST_CHECK(fields.check());
    return order;
}

// A link is good for codes to the recipients of its envelope, however many strangers ask for codes to them. For any other address
// it counts with theirs, and is answered alike: nobody learns by it whom an envelope names.
Task<Checked<bool>> is_within_bounds(const Desk& desk, CodeOrder order, std::vector<std::string> recipients, std::string network)
{
    std::vector<GuardKey> keys;
    keys.push_back({GuardKey::Kind::mail_anywhere, order.address, std::move(network)});
    SEALPOST_CO_TRY(const auto verdict, co_await desk.parts.people->guard().admit(std::move(keys)));
    co_return verdict.admitted || std::ranges::find(recipients, order.address) != recipients.end();
}

// May this address get a code: it is a recipient of the envelope, somebody's already, the sender of an envelope, or may begin a
// message. All that is looked up in any case, so that the work is the same.
struct CodeTarget {
    bool may_sign_in = false;
    std::string language;
    std::string organisation;
};

Task<Checked<CodeTarget>> find_target(const Desk& desk, CodeOrder order, std::optional<keys::OpenView> view)
{
    SEALPOST_CO_TRY(const auto person, co_await desk.parts.people->persons().find_by_address(order.address));
    CodeTarget target;
    target.language = person && !person->language.empty() ? person->language : order.language;
    const keys::Policy policy = view ? view->facts.policy : keys::Policy();
    SEALPOST_CO_TRY(target.organisation, co_await desk.find_organisation(policy));
    Reach reach(desk.parts, {order.address});
    SEALPOST_CO_TRY(const bool may_begin, co_await reach.is_any());
    SEALPOST_CO_TRY(const bool has_sent, co_await desk.parts.keys->has_sent(order.address));
    target.may_sign_in = person.has_value() || has_sent || (order.compose && may_begin);
    if (!view) co_return target;
    for (const auto& recipient : view->facts.policy.recipients)
        if (recipient == order.address) target.may_sign_in = true;
    co_return target;
}

Task<void> mail_code(const Desk& desk, CodeOrder order, CodeTarget target, people::Challenge challenge)
{
    CodeMail mail;
    mail.address = order.address;
    mail.language = target.language;
    mail.code = std::move(challenge.code);
    mail.reference = challenge.reference;
    mail.expires_at = challenge.expires_at;
    mail.organisation = target.organisation;
    auto sent = co_await desk.parts.outbox->send_code(std::move(mail));
    // Not told to the browser: that would tell which addresses are known.
    if (sent.has_error()) desk.parts.log.error("person.code_not_sent", {{"problem", sent.error().text}});
}

// To an address that gets no mail: queueing one is a durable commit, which a busy store makes longer than least_time. So there is
// one here, too, of a challenge that nobody is told of.
Task<void> commit_as_for_mail(const Desk& desk, std::string address)
{
    people::CodeRequest nothing{std::move(address), false, std::nullopt};
    const auto begun = co_await desk.parts.people->codes().begin(std::move(nothing));
    if (begun.has_error()) desk.parts.log.error("person.code_not_sent", {{"problem", begun.error().text}});
}

Task<Checked<Response>> send_code(const Desk& desk, Request& request)
{
    const Deadline not_before = Deadline::after(desk.parts.least_time);
    SEALPOST_CO_TRY([[maybe_unused]] const auto signed_in, co_await desk.find_signed_in(request, Desk::Purpose::change));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    SEALPOST_CO_TRY(auto order, parse_code_order(body));
    SEALPOST_CO_TRY(const auto view, co_await desk.parts.keys->resolve_ref(order.ref));
    std::vector<GuardKey> keys;
    keys.push_back({GuardKey::Kind::mail, order.address, network_of(request), view ? view->facts.policy.id.value() : ""});
    keys.push_back({GuardKey::Kind::network_mail, network_of(request)});
    SEALPOST_CO_CHECK(co_await desk.admit(std::move(keys)));
    SEALPOST_CO_TRY(auto target, co_await find_target(desk, order, view));
    if (view) {
        SEALPOST_CO_TRY(const bool may_be_sent,
                        co_await is_within_bounds(desk, order, view->facts.policy.recipients, network_of(request)));
        target.may_sign_in = target.may_sign_in && may_be_sent;
    }
    people::CodeRequest asked{order.address, target.may_sign_in, order.replaces};
    SEALPOST_CO_TRY(auto challenge, co_await desk.parts.people->codes().begin(std::move(asked)));
    json::object answer;
    answer["challenge"] = challenge.challenge;
    answer["reference"] = challenge.reference;
    answer["expires_at"] = format_rfc3339(challenge.expires_at);
    if (target.may_sign_in)
        co_await mail_code(desk, std::move(order), std::move(target), std::move(challenge));
    else
        co_await commit_as_for_mail(desk, std::move(order.address));
    [[maybe_unused]] auto waited = co_await async::sleep_until(not_before);
    co_return http::json_response(202, answer);
}

Problem expired_code() { return {403, "expired-code", "This code is no longer valid; ask for a new one"}; }

// After a right code: its owner is signed in; the former session ends.
Task<Checked<Response>> sign_owner_in(const Desk& desk, std::string address, std::string language, Secret former,
                                      std::string network)
{
    SEALPOST_CO_TRY(const auto person, co_await desk.parts.people->persons().ensure(address, language, network));
    auto& sessions = desk.parts.people->sessions();
    SEALPOST_CO_TRY(const auto session, co_await sessions.begin_with_address(person.id, address, std::move(former)));
    if (!session) co_return expired_code();  // it was taken off the person meanwhile
    co_return answer_session(desk, person, *session, people::Assurance::mailbox);
}

Problem problem_of(people::AddedAddress::Verdict verdict)
{
    using Verdict = people::AddedAddress::Verdict;
    switch (verdict) {
        case Verdict::owner_has_password: return http::not_allowed("This address has a password of its own; sign in with it.");
        case Verdict::needs_account: return needs_assurance(people::Assurance::account);
        case Verdict::needs_strong: return needs_assurance(people::Assurance::strong);
        case Verdict::no_such_person:
        case Verdict::session_over:
        case Verdict::added: break;
    }
    return http::not_signed_in();
}

// Before it is counted; the transaction of the change judges again.
Checked<void> check_may_change_addresses(const SignedIn& signed_in)
{
    const auto needed = needed_to_change(signed_in.person);
    if (signed_in.person.has_password && signed_in.session.assurance < needed) return needs_assurance(needed);
    return {};
}

// Before the code is used up.
Checked<void> check_may_add(const std::optional<SignedIn>& signed_in)
{
    if (!signed_in) return http::not_signed_in();
    return check_may_change_addresses(*signed_in);
}

// After a right code with a session: the address joins the person, and the session goes on under a new token.
Task<Checked<Response>> add_address(const Desk& desk, std::string address, SignedIn signed_in, std::string network)
{
    auto& persons = desk.parts.people->persons();
    SEALPOST_CO_TRY(const auto added,
                    co_await persons.add_address(signed_in.person.id, address, signed_in.token.clone(), network));
    if (added.verdict != people::AddedAddress::Verdict::added) co_return problem_of(added.verdict);
    if (added.is_new) co_await note_change(desk, added.person, seal::FactorChange::address_added);
    SEALPOST_CO_TRY(const auto session, co_await desk.parts.people->sessions().renew(std::move(signed_in.token)));
    if (!session) co_return http::not_signed_in();
    co_return answer_session(desk, added.person, *session, signed_in.session.assurance);
}

Problem problem_of(people::RemovedAddress::Verdict verdict)
{
    using Verdict = people::RemovedAddress::Verdict;
    switch (verdict) {
        case Verdict::last_one: return {409, "last-address", "This is your only address"};
        case Verdict::needs_account: return needs_assurance(people::Assurance::account);
        case Verdict::needs_strong: return needs_assurance(people::Assurance::strong);
        case Verdict::session_over: return http::not_signed_in();
        case Verdict::unknown:
        case Verdict::removed: break;
    }
    return http::not_found();
}

// The address that goes is told, too: should somebody else have taken it off, its owner hears of it there only.
Task<Checked<Response>> remove_address(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(auto signed_in, co_await desk.require_signed_in(request, Desk::Purpose::change));
    SEALPOST_CO_CHECK(check_may_change_addresses(signed_in));
    // As adding one: a mail to all addresses, and a record in the audit trail for ever.
    std::vector<GuardKey> counted;
    counted.push_back({GuardKey::Kind::factor_change, who_of(signed_in.person)});
    SEALPOST_CO_CHECK(co_await desk.admit(std::move(counted)));
    auto& persons = desk.parts.people->persons();
    std::string address = request.parameter("address");
    SEALPOST_CO_TRY(const auto removed, co_await persons.remove_address(signed_in.person.id, std::move(address),
                                                                        std::move(signed_in.token), network_of(request)));
    if (removed.verdict != people::RemovedAddress::Verdict::removed) co_return problem_of(removed.verdict);
    co_await note_change(desk, removed.former, seal::FactorChange::address_removed);
    co_return http::empty_response(204);
}

Problem wrong_code(int tries_left)
{
    Problem problem(403, "wrong-code", "This is not the code");
    problem.more["tries_left"] = tries_left;
    return problem;
}

Task<Checked<Response>> sign_in_with_code(const Desk& desk, Request& request, json::object body,
                                          std::optional<SignedIn> signed_in)
{
    http::Fields fields(body);
    const std::string challenge = fields.text("challenge", 100);
    Secret code = fields.secret("code", 20);
    const bool add = fields.flag_or("add", false);
    const std::string chosen = fields.text_or("language", 20, "");
    SEALPOST_CO_CHECK(fields.check());
    if (add) SEALPOST_CO_CHECK(check_may_add(signed_in));
    SEALPOST_CO_TRY(const auto address, co_await desk.parts.people->codes().find_address(challenge));
    if (!address) co_return expired_code();
    auto counted = keys_for(GuardKey::Kind::code, *address, request);
    // An added one costs what a factor costs: a mail to all addresses, and a record in the audit trail for ever.
    if (add) counted.push_back({GuardKey::Kind::factor_change, who_of(signed_in->person)});
    SEALPOST_CO_TRY(const auto admitted_at, co_await desk.admit(counted));
    auto checked = co_await desk.parts.people->codes().check(challenge, std::move(code));
    if (checked.has_error()) co_await desk.take_back(counted, admitted_at);
    SEALPOST_CO_TRY(const auto verdict, std::move(checked));
    if (const auto* wrong = std::get_if<people::CodeWrong>(&verdict)) co_return wrong_code(wrong->tries_left);
    if (std::holds_alternative<people::CodeExpired>(verdict)) co_return expired_code();
    auto good = keys_for(GuardKey::Kind::code, *address, request);
    good.push_back({GuardKey::Kind::mail, *address, network_of(request)});
    SEALPOST_CO_CHECK(co_await desk.parts.people->guard().note_success(std::move(good)));
    const std::string language = is_known_language(chosen) ? chosen : "";
    if (add) {
        auto grown = co_await add_address(desk, *address, std::move(*signed_in), network_of(request));
        co_return grown;
    }
    Secret former = signed_in ? std::move(signed_in->token) : Secret();
    auto begun = co_await sign_owner_in(desk, *address, language, std::move(former), network_of(request));
    co_return begun;
}

Problem wrong_password() { return {403, "wrong-password", "Address and password do not belong together"}; }

Task<Checked<Response>> sign_in_with_password(const Desk& desk, Request& request, json::object body,
                                              std::optional<SignedIn> signed_in)
{
    http::Fields fields(body);
    auto address = people::normalise_address(fields.text("address", max_address_bytes));
    if (address.has_error()) fields.complain("address", "is no mail address");
    Secret password = fields.secret("password", people::Persons::max_password_bytes);
    SEALPOST_CO_CHECK(fields.check());
    const auto keys = keys_for(GuardKey::Kind::password, *address, request);
    SEALPOST_CO_TRY(const auto admitted_at, co_await desk.admit(keys));
    auto checked = co_await desk.parts.people->persons().check_password(*address, std::move(password), network_of(request));
    if (checked.has_error()) co_await desk.take_back(keys, admitted_at);
    SEALPOST_CO_TRY(const auto right, std::move(checked));
    if (!right) co_return wrong_password();
    Secret former = signed_in ? std::move(signed_in->token) : Secret();
    auto& sessions = desk.parts.people->sessions();
    SEALPOST_CO_TRY(const auto session, co_await sessions.begin_with_password(right->who.id, right->hash, std::move(former)));
    if (!session) co_return wrong_password();
    SEALPOST_CO_CHECK(co_await desk.parts.people->guard().note_success(keys));
    co_return answer_session(desk, right->who, *session, people::Assurance::account);
}

Task<Checked<Response>> sign_in(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(auto signed_in, co_await desk.find_signed_in(request, Desk::Purpose::change));
    SEALPOST_CO_TRY(auto body, co_await http::read_json(request));
    if (body.contains("challenge")) {
        auto answer = co_await sign_in_with_code(desk, request, std::move(body), std::move(signed_in));
        co_return answer;
    }
    if (body.contains("passkey")) {
        auto answer = co_await sign_in_with_passkey(desk, request, std::move(body), std::move(signed_in));
        co_return answer;
    }
    if (body.contains("totp") || body.contains("recovery_code")) {
        auto answer = co_await step_up(desk, request, std::move(body), std::move(signed_in));
        co_return answer;
    }
    auto answer = co_await sign_in_with_password(desk, request, std::move(body), std::move(signed_in));
    co_return answer;
}

Task<Checked<Response>> sign_out(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(auto signed_in, co_await desk.find_signed_in(request, Desk::Purpose::change));
    if (signed_in) SEALPOST_CO_CHECK(co_await desk.parts.people->sessions().end(std::move(signed_in->token)));
    Response response = http::empty_response(204);
    signin::delete_token(response, session_cookie);
    co_return response;
}

Task<Checked<Response>> set_password(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(auto signed_in, co_await desk.require_signed_in(request, Desk::Purpose::change));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    Secret password = fields.secret("password", people::Persons::max_password_bytes);
    if (!people::Persons::is_long_enough(password)) fields.complain("password", "is shorter than 12 characters");
    SEALPOST_CO_CHECK(fields.check());
    // Else a code, which proves the mailbox only, would be as good as the password that it replaces. Judged before it is counted.
    const auto needed = needed_to_change(signed_in.person);
    if (signed_in.person.has_password && signed_in.session.assurance < needed) co_return needs_assurance(needed);
    // Each costs a hash, and a record in the audit trail for ever.
    std::vector<GuardKey> counted;
    counted.push_back({GuardKey::Kind::password_change, who_of(signed_in.person)});
    SEALPOST_CO_TRY(const auto admitted_at, co_await desk.admit(counted));
    const auto id = signed_in.person.id;
    auto changed = co_await desk.parts.people->persons().set_password(id, std::move(password), std::move(signed_in.token),
                                                                      network_of(request));
    if (changed.has_error()) co_await desk.take_back(counted, admitted_at);
    SEALPOST_CO_TRY(const auto change, std::move(changed));
    using people::PasswordChange;
    if (change == PasswordChange::needs_strong) co_return needs_assurance(people::Assurance::strong);
    if (change == PasswordChange::no_such_person || change == PasswordChange::session_over) co_return http::not_signed_in();
    if (change != PasswordChange::done) co_return http::bad_request("password", "The password is too short or too long.");
    co_return http::empty_response(204);
}

Task<Checked<Response>> set_language(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Desk::Purpose::change));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    std::string language = fields.text("language", 20);
    if (!is_known_language(language)) fields.complain("language", "is neither en nor fr");
    SEALPOST_CO_CHECK(fields.check());
    SEALPOST_CO_TRY(const bool is_set,
                    co_await desk.parts.people->persons().set_language(signed_in.person.id, std::move(language)));
    if (!is_set) co_return http::not_signed_in();
    co_return http::empty_response(204);
}

}  // namespace

void add_people_routes(http::Router& router, const std::shared_ptr<const Desk>& desk)
{
    const auto own = http::from_own_pages(desk->parts.origin);
    router.add(http::Method::get, "/api/v1/session", http::call_with(desk, show_session));
    router.add(http::Method::post, "/api/v1/session", http::call_with(desk, sign_in), own);
    router.add(http::Method::remove, "/api/v1/session", http::call_with(desk, sign_out), own);
    router.add(http::Method::post, "/api/v1/codes", http::call_with(desk, send_code), own);
    router.add(http::Method::remove, "/api/v1/me/addresses/{address}", http::call_with(desk, remove_address), own);
    router.add(http::Method::put, "/api/v1/me/password", http::call_with(desk, set_password), own);
    router.add(http::Method::put, "/api/v1/me/language", http::call_with(desk, set_language), own);
}

}  // namespace sealpost::reader
