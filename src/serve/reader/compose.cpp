#include "serve/reader/compose_message.hpp"
#include "serve/reader/message_form.hpp"
#include "serve/reader/reach.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <set>

namespace sealpost::reader {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Problem;
using http::Request;
using http::Response;

constexpr std::size_t most_correspondents = 200;
constexpr int most_looked_through = 1000;  // correspondents, of whom some may not be reached

bool holds(const std::vector<std::string>& all, std::string_view one)
{
    return std::find(all.begin(), all.end(), one) != all.end();
}

json::array to_array(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

// Who wrote to the person and can be written to, the latest first: it is all of an address book that there is.
Task<Checked<json::array>> list_correspondents(const Desk& desk, const people::Person& person, Reach& reach)
{
    SEALPOST_CO_TRY(const auto all, co_await desk.parts.keys->list_correspondents(person.addresses, most_looked_through));
    json::array list;
    std::set<std::string> told(person.addresses.begin(), person.addresses.end());  // nobody writes to themselves
    for (const auto& one : all) {
        if (list.size() == most_correspondents) break;
        SEALPOST_CO_TRY(const auto account, co_await reach.find_account(one.sender.address));
        if (!account || !told.insert(one.sender.address).second) continue;
        json::object entry;
        entry["address"] = one.sender.address;
        entry["name"] = one.sender.name;
        list.push_back(std::move(entry));
    }
    co_return list;
}

Task<Checked<Response>> show_compose(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Desk::Purpose::look));
    Reach reach(desk.parts, signed_in.person.addresses);
    SEALPOST_CO_TRY(const auto all, co_await reach.list_organisations());
    json::array organisations;
    for (const auto& organisation : all) {
        json::object entry;
        entry["organisation"] = organisation.name;
        entry["domains"] = to_array(organisation.domains);
        organisations.push_back(std::move(entry));
    }
    json::object answer;
    SEALPOST_CO_TRY(answer["correspondents"], co_await list_correspondents(desk, signed_in.person, reach));
    answer["organisations"] = std::move(organisations);
    co_return http::json_response(200, answer);
}

Problem not_reachable(const std::vector<std::string>& addresses)
{
    json::object more;
    more["addresses"] = to_array(addresses);
    return {403, "not-reachable", "Not all of these addresses can be written to here",
            "Each organisation says who may write to it.", std::move(more)};
}

// The account of each recipient, if the person reaches them all.
Task<Checked<std::vector<std::int64_t>>> find_accounts(const Desk& desk, const people::Person& person,
                                                       std::vector<std::string> recipients)
{
    Reach reach(desk.parts, person.addresses);
    std::vector<std::int64_t> accounts;
    std::vector<std::string> missed;
    for (const auto& recipient : recipients) {
        SEALPOST_CO_TRY(const auto account, co_await reach.find_account(recipient));
        if (account)
            accounts.push_back(account->value());
        else
            missed.push_back(recipient);
    }
    if (!missed.empty()) co_return not_reachable(missed);
    co_return accounts;
}

// Each is mail that others get; and whoever asks for whom they reach is counted, too. By network besides: somebody may have many
// mailboxes.
std::vector<people::GuardKey> guard_keys(const SignedIn& signed_in, std::string network)
{
    using Kind = people::GuardKey::Kind;
    const std::string who = who_of(signed_in.person);
    std::vector<people::GuardKey> keys;
    keys.push_back({Kind::reply, who});
    keys.push_back({Kind::compose, who});
    keys.push_back({Kind::compose_network, std::move(network)});
    return keys;
}

Checked<std::string> choose_sender(const ComposeText& text, const people::Person& person)
{
    if (text.from.empty() && !person.addresses.empty()) return person.addresses.front();
    if (holds(person.addresses, text.from)) return text.from;
    return http::bad_request("from", "\"from\" is none of your addresses.");
}

Task<Checked<Response>> compose(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Desk::Purpose::change));
    SEALPOST_CO_TRY(const auto key, read_idempotency_key(request));
    SEALPOST_CO_TRY(const auto boundary, find_boundary(request));
    http::MultipartReader form(*request.body, boundary);
    SEALPOST_CO_TRY(const auto first, co_await read_first_field(form, "message"));
    SEALPOST_CO_TRY(const auto text, parse_compose_text(first));
    MessageOrder order;
    SEALPOST_CO_TRY(order.person, choose_sender(text, signed_in.person));
    order.person_id = signed_in.person.id.value();
    // Its first word is none that a reply's begins with: the two never meet.
    if (!key.empty()) order.once = "compose " + who_of(signed_in.person) + ' ' + key;
    order.recipients = text.to;
    SEALPOST_CO_TRY(auto repeated, co_await answer_repeated(desk, form, order));
    if (repeated) co_return std::move(*repeated);
    SEALPOST_CO_CHECK(co_await desk.admit(guard_keys(signed_in, network_of(request))));
    SEALPOST_CO_TRY(order.accounts, co_await find_accounts(desk, signed_in.person, text.to));
    SEALPOST_CO_TRY(order.identity, co_await desk.parts.outbox->choose_identity(order.person));
    auto writer = begin_thread(std::move(order), text, desk.parts.clock->now());
    auto answer = co_await send_message(desk, form, std::move(writer));
    co_return answer;
}

}  // namespace

void add_compose_routes(http::Router& router, const std::shared_ptr<const Desk>& desk)
{
    router.add(http::Method::get, "/api/v1/compose", http::call_with(desk, show_compose));
    router.add(http::Method::post, "/api/v1/messages", http::call_with(desk, compose), take_message_form(*desk));
}

}  // namespace sealpost::reader
