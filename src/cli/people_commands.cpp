#include "base/text.hpp"
#include "cli/answering.hpp"
#include "cli/service_mail.hpp"
#include "sys/files/files.hpp"
#include "wire/mail/visible_text.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <sstream>

namespace sealpost::cli {
namespace {

namespace json = boost::json;
using Names = std::vector<std::string>;

json::array to_json(const Names& names) { return json::array(names.begin(), names.end()); }

json::value to_json(const std::optional<WallTime>& time)
{
    if (!time) return nullptr;
    return json::value(format_rfc3339(*time));
}

std::string join_words(const Names& words)
{
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
    return text.empty() ? "-" : text;
}

// ---- token

struct TokenOrder {
    std::string account;
    std::string label;
    Names scopes{std::string(people::Accounts::envelopes_scope)};
    std::string out;
};

Result<> make_token(Context& context, ServiceStore& store, const TokenOrder& order)
{
    if (!order.out.empty() && files::is_there(order.out))
        return Error{Fault::config, order.out + ": exists already; a token never replaces a file"};
    SEALPOST_TRY(const auto account, find_account(store, order.account));
    auto& accounts = store.people->accounts();
    SEALPOST_TRY(const auto made, wait_for(accounts.make_token(account.id, order.label, order.scopes)));
    json::object object{{"id", made.id.value()}, {"account", account.name}};
    if (order.out.empty()) {
        object.emplace("token", made.token.reveal_text());
        context.answer(object, made.token.reveal_text());
        return {};
    }
    const auto written = files::write_secret(order.out, made.token);
    if (written.has_error()) {
        SEALPOST_TRY([[maybe_unused]] const bool revoked, wait_for(accounts.revoke_token(made.id)));  // nobody ever saw it
        return written.error();
    }
    object.emplace("file", order.out);
    context.answer(object, order.out + " made, readable by its owner only");
    return {};
}

void add_token_new(CLI::App& group, Context& context)
{
    auto order = std::make_shared<TokenOrder>();
    auto* command = group.add_subcommand("new", "Make a gateway's token and print it, this once");
    command->add_option("ACCOUNT", order->account, "Whose envelopes the gateway seals; `account list` shows them")->required();
    command->add_option("--label", order->label, "Where it is used, such as mx1");
    command->add_option("--scope", order->scopes, "What it may do")->check(CLI::IsMember({"envelopes"}))->capture_default_str();
    command->add_option("--out", order->out, "Where the token goes instead (mode 0600, never replaces a file)")
        ->type_name("FILE");
    command->footer("Example:\n  sealpost token new acme --label mx1 --out /etc/sealpost/keys/service.token");
    command->callback(
        with_service(context, [&context, order](ServiceStore& store) -> Result<> { return make_token(context, store, *order); }));
}

Line describe_token(const people::TokenFacts& token)
{
    std::string text = std::to_string(token.id.value()) + "  " + (token.label.empty() ? "-" : mail::show_line(token.label)) +
                       "  " + join_words(token.scopes) + "  ";
    if (token.revoked_at)
        text += "revoked";
    else
        text += token.last_used_at ? "used " + format_rfc3339(*token.last_used_at) : "unused";
    return {json::object{{"id", token.id.value()},
                         {"account_id", token.account.value()},
                         {"label", token.label},
                         {"scopes", to_json(token.scopes)},
                         {"created_at", format_rfc3339(token.created_at)},
                         {"last_used_at", to_json(token.last_used_at)},
                         {"revoked_at", to_json(token.revoked_at)}},
            text + '\n'};
}

void add_token_list(CLI::App& group, Context& context)
{
    auto name = std::make_shared<std::string>();
    auto* command = group.add_subcommand("list", "List tokens, without their secrets");
    command->add_option("--account", *name, "Only those of this account");
    command->footer("Example:\n  sealpost token list --account acme");
    command->callback(with_service(context, [&context, name](ServiceStore& store) -> Result<> {
        std::optional<people::AccountId> id;
        if (!name->empty()) {
            SEALPOST_TRY(const auto account, find_account(store, *name));
            id = account.id;
        }
        SEALPOST_TRY(const auto tokens, wait_for(store.people->accounts().list_tokens(id)));
        answer_list(context, "tokens", tokens, describe_token, "no tokens");
        return {};
    }));
}

void add_token_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("token", "Tokens by which gateways speak to the service");
    group->require_subcommand(1);
    group->footer("Examples:\n  sealpost token new acme --label mx1\n  sealpost token list\n  sealpost token revoke 3");
    add_token_new(*group, context);
    add_token_list(*group, context);
    auto id = std::make_shared<std::int64_t>(0);
    auto* revoke = group->add_subcommand("revoke", "Revoke a token by its number; it never works again");
    revoke->add_option("ID", *id, "Its number, as `token list` shows it")->required();
    revoke->footer("Example:\n  sealpost token revoke 3");
    revoke->callback(with_service(context, [&context, id](ServiceStore& store) -> Result<> {
        SEALPOST_TRY(const bool revoked, wait_for(store.people->accounts().revoke_token(people::TokenId(*id))));
        if (!revoked) return Error{Fault::denied, "there is no such token, or it is revoked already"};
        context.answer(json::object{{"id", *id}, {"revoked", true}}, "token " + std::to_string(*id) + " revoked");
        return {};
    }));
}

// ---- person

json::object to_json(const people::Person& person)
{
    return {{"id", person.id.value()},
            {"addresses", to_json(person.addresses)},
            {"language", person.language},
            {"has_password", person.has_password},
            {"passkeys", person.factors.passkeys},
            {"authenticator_app", person.factors.totp},
            {"recovery_codes", person.factors.recovery_codes},
            {"created_at", format_rfc3339(person.created_at)}};
}

std::string describe(const people::Person& person)
{
    std::string text = std::to_string(person.id.value()) + "  " + mail::show_line(join_words(person.addresses));
    text += person.has_password ? "  password" : "  codes only";
    if (person.factors.totp) text += ", authenticator app";
    if (person.factors.passkeys > 0) text += ", passkeys: " + std::to_string(person.factors.passkeys);
    return text;
}

Result<people::Person> find_person(ServiceStore& store, const std::string& address)
{
    SEALPOST_TRY(auto person, wait_for(store.people->persons().find_by_address(address)));
    if (person) return std::move(*person);
    return Error{Fault::denied, "nobody here owns the address " + address};
}

void add_person_list(CLI::App& group, Context& context)
{
    auto page = std::make_shared<int>(0);
    auto* command = group.add_subcommand("list", "List people who have proven an address");
    command->add_option("--page", *page, "From 0; 100 people a page")->check(CLI::NonNegativeNumber);
    command->footer("Example:\n  sealpost --format json person list");
    command->callback(with_service(context, [&context, page](ServiceStore& store) -> Result<> {
        SEALPOST_TRY(const auto persons, wait_for(store.people->persons().list(*page, 100)));
        json::array all;
        std::string text;
        for (const auto& person : persons) {
            all.push_back(to_json(person));
            text += describe(person) + '\n';
        }
        context.answer(json::object{{"persons", all}, {"page", *page}}, persons.empty() ? "nobody" : text);
        return {};
    }));
}

// What the operator took away, as the note says it and as the error begins.
struct Removal {
    seal::FactorChange change;
    std::string_view done;
};

// Every address, whatever becomes of the others; the error names those that could not be told.
Result<> tell_removal(replies::ServiceOutbox& outbox, const people::Person& person, const Removal& removal)
{
    std::vector<std::string> untold;
    std::optional<Error> last;
    for (const auto& address : person.addresses) {
        reader::FactorNote note{address, person.language, removal.change, system_clock().now()};
        const auto sent = wait_for(outbox.send_factor_note(std::move(note)));
        if (sent.has_value()) continue;
        untold.push_back(address);
        last = sent.error();
    }
    if (!last) return {};
    return last->in(std::string(removal.done) + "; the note to " + join(untold, ", ") + " could not be queued");
}

void add_person_factors(CLI::App& person_group, Context& context)
{
    auto* group = person_group.add_subcommand("factors", "Passkeys, authenticator app and recovery codes of a person");
    group->require_subcommand(1);
    group->footer("Example:\n  sealpost person factors remove bob@partner.test");
    auto address = std::make_shared<std::string>();
    auto* remove = group->add_subcommand("remove", "Take all of them away from somebody who lost them; ends their sessions");
    remove->add_option("ADDRESS", *address, "One of their mail addresses")->required();
    remove->footer(
        "Be sure who is asking: from then on the password is enough to set up new ones. Their addresses are told.\n\n"
        "Example:\n  sealpost person factors remove bob@partner.test");
    remove->callback(with_service(context, [&context, address](ServiceStore& store) -> Result<> {
        SEALPOST_TRY(const auto person, find_person(store, *address));
        SEALPOST_TRY(auto outbox, open_outbox(store));  // first: nobody loses factors without being told
        SEALPOST_TRY(const bool removed, wait_for(store.people->factors().remove_all(person.id, "operator", "local")));
        const Removal removal{seal::FactorChange::factors_removed, "the factors are removed"};
        if (removed) SEALPOST_CHECK(tell_removal(outbox, person, removal));
        context.answer(json::object{{"id", person.id.value()}, {"removed", removed}},
                       removed ? "removed" : "there was nothing to remove");
        return {};
    }));
}

Result<> remove_address(Context& context, ServiceStore& store, const std::string& address)
{
    SEALPOST_TRY(const auto person, find_person(store, address));
    SEALPOST_TRY(auto outbox, open_outbox(store));  // first: nobody loses an address without being told
    auto& persons = store.people->persons();
    SEALPOST_TRY(const auto removed, wait_for(persons.take_address_off(person.id, address, "operator", "local")));
    using Verdict = people::RemovedAddress::Verdict;
    if (removed.verdict == Verdict::last_one)
        return Error{Fault::denied, address + " is their only address; `sealpost person erase` ends the whole person"};
    if (removed.verdict != Verdict::removed) return Error{Fault::denied, "nobody here owns the address " + address};
    const Removal removal{seal::FactorChange::address_removed, "the address is removed"};
    SEALPOST_CHECK(tell_removal(outbox, removed.former, removal));
    context.answer(json::object{{"id", person.id.value()}, {"removed", true}}, "removed");
    return {};
}

void add_person_address(CLI::App& person_group, Context& context)
{
    auto* group = person_group.add_subcommand("address", "One address of a person who has several");
    group->require_subcommand(1);
    group->footer("Example:\n  sealpost person address remove bob@partner.test");
    auto address = std::make_shared<std::string>();
    auto* remove = group->add_subcommand("remove", "Take it off them; they keep the others, and their sessions end");
    remove->add_option("ADDRESS", *address, "The mail address that goes; the only one of a person stays")->required();
    remove->footer(
        "Be sure who is asking: from then on whoever reads its mail proves it as somebody new, and opens what it is sent. All "
        "their addresses are told.\n\n"
        "Example:\n  sealpost person address remove bob@partner.test");
    remove->callback(with_service(
        context, [&context, address](ServiceStore& store) -> Result<> { return remove_address(context, store, *address); }));
}

void add_person_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("person", "People who open envelopes");
    group->require_subcommand(1);
    group->footer(
        "Examples:\n  sealpost person list\n  sealpost person show bob@partner.test\n  sealpost person erase bob@partner.test");
    add_person_list(*group, context);
    add_person_factors(*group, context);
    add_person_address(*group, context);
    auto address = std::make_shared<std::string>();
    auto* show = group->add_subcommand("show", "Show the person who owns an address");
    show->add_option("ADDRESS", *address, "One of their mail addresses")->required();
    show->footer("Example:\n  sealpost person show bob@partner.test");
    show->callback(with_service(context, [&context, address](ServiceStore& store) -> Result<> {
        SEALPOST_TRY(const auto person, find_person(store, *address));
        context.answer(to_json(person), describe(person));
        return {};
    }));
    auto* erase = group->add_subcommand("erase", "Erase a person for ever: addresses, password, sessions, codes");
    erase->add_option("ADDRESS", *address, "One of their mail addresses")->required();
    erase->footer(
        "They can come back by proving an address again, as somebody new.\n\nExample:\n  sealpost person erase bob@partner.test");
    erase->callback(with_service(context, [&context, address](ServiceStore& store) -> Result<> {
        SEALPOST_TRY(const auto person, find_person(store, *address));
        SEALPOST_TRY(const bool erased, wait_for(store.people->persons().erase(person.id, "operator", "local")));
        if (!erased) return Error{Fault::denied, "nobody here owns the address " + *address};
        context.answer(json::object{{"id", person.id.value()}, {"erased", true}}, "erased");
        return {};
    }));
}

}  // namespace

void add_people_commands(CLI::App& app, Context& context)
{
    add_token_commands(app, context);
    add_person_commands(app, context);
}

}  // namespace sealpost::cli
