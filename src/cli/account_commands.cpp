#include "base/text.hpp"
#include "cli/answering.hpp"
#include "cli/option_checks.hpp"
#include "cli/service_store.hpp"
#include "wire/mail/visible_text.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <sstream>

namespace sealpost::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t max_logo_bytes = 64 * 1024;

json::object to_json(const people::Account& account)
{
    return {{"id", account.id.value()},
            {"name", account.name},
            {"organisation", account.organisation},
            {"language", account.language},
            {"domains", json::array(account.domains.begin(), account.domains.end())},
            {"enabled", account.is_enabled},
            {"compose", people::format_compose_from(account.compose)}};
}

std::string describe(const people::Account& account)
{
    const std::string domains = account.domains.empty() ? "-" : join(account.domains, " ");
    const std::string compose = "  compose " + std::string(people::format_compose_from(account.compose));
    return mail::show_line(account.name + "  " + account.organisation + "  " + domains + compose) +
           (account.is_enabled ? "" : "  disabled");
}

// With what belongs to it.
Result<> show(Context& context, ServiceStore& store, const people::Account& account)
{
    SEALPOST_TRY(const auto tokens, wait_for(store.people->accounts().list_tokens(account.id)));
    SEALPOST_TRY(const auto administrators, wait_for(store.people->administrators().list()));
    json::array living, names;
    std::vector<std::string> token_words, name_words;
    for (const auto& token : tokens) {
        if (token.revoked_at) continue;
        living.push_back(token.id.value());
        token_words.push_back(std::to_string(token.id.value()) +
                              (token.label.empty() ? "" : " (" + mail::show_line(token.label) + ")"));
    }
    for (const auto& one : administrators) {
        if (one.duties.account != account.id) continue;
        names.push_back(json::string(one.name));
        name_words.push_back(mail::show_line(one.name));
    }
    auto object = to_json(account);
    object.emplace("logo", account.logo);
    object.emplace("tokens", std::move(living));
    object.emplace("administrators", std::move(names));
    const auto listed = [](const std::vector<std::string>& words) {
        return words.empty() ? std::string("none") : join(words, ", ");
    };
    std::ostringstream text;
    text << "account         " << mail::show_line(account.name) << (account.is_enabled ? "" : " (disabled)") << '\n'
         << "organisation    " << mail::show_line(account.organisation) << '\n'
         << "language        " << account.language << '\n'
         << "domains         " << listed(account.domains) << '\n'
         << "compose         " << people::format_compose_from(account.compose) << '\n'
         << "logo            " << (account.logo.empty() ? "none" : std::to_string(account.logo.size()) + " octets") << '\n'
         << "tokens          " << listed(token_words) << '\n'
         << "administrators  " << listed(name_words) << '\n';
    context.answer(object, text.str());
    return {};
}

std::string check_logo(const std::string& text)
{
    const bool is_good = text.starts_with("data:image/") && text.size() <= max_logo_bytes;
    return is_good ? "" : "a data:image/ URI of 64 KiB at most";
}

// Who may begin a message to its domains.
CLI::Option* add_compose(CLI::App& command, std::function<void(people::ComposeFrom)> take)
{
    return command
        .add_option_function<std::string>(
            "--compose",
            [take = std::move(take)](const std::string& word) {
                if (const auto from = people::parse_compose_from(word)) take(*from);
            },
            "Who may begin a message to its domains: nobody; known, whom its envelopes named; anyone who proves an address")
        ->check(CLI::IsMember({"nobody", "known", "anyone"}));
}

void add_add(CLI::App& group, Context& context)
{
    auto account = std::make_shared<people::Account>();
    auto* command = group.add_subcommand("add", "Add an organisation that sends envelopes");
    command->add_option("NAME", account->name, "Short name for operators")->required();
    command->add_option("--organisation", account->organisation, "The name that recipients see (default: the short name)");
    command
        ->add_option("--domain", account->domains,
                     "A mail domain of it, and of no other account; readers are warned of other senders; may be repeated")
        ->check(refuse_no_domain);
    command->add_option("--language", account->language, "Its recipients' language until they choose")
        ->check(CLI::IsMember({"en", "fr"}));
    command->add_option("--logo", account->logo, "A data: URI")->check(check_logo);
    add_compose(*command, [account](people::ComposeFrom from) { account->compose = from; });
    command->footer(
        "With --domain, the reader's page warns of a message that this account sealed for a sender elsewhere (below a domain is\n"
        "not elsewhere, nor are domains that it has proven on its page). A sender in a domain of another account is warned of\n"
        "in any case. Nothing is refused.\n\n"
        "Without --compose, those may begin a message whom one of its envelopes named.\n\n"
        "Examples:\n  sealpost account add acme --organisation \"Acme Ltd\" --domain acme.test\n"
        "  sealpost account add clinic --domain clinic.test --compose anyone");
    const auto add = [&context, account](ServiceStore& store) -> Result<> {
        SEALPOST_TRY(const auto added, wait_for(store.people->accounts().add(*account)));
        context.answer(to_json(added), "account " + added.name + " added; next: sealpost token new " + added.name);
        return {};
    };
    command->callback(with_service(context, add, Missing::made));
}

struct ChangeOrder {
    std::string account;
    people::AccountChange change;
    bool no_logo = false;
};

Result<> change(Context& context, ServiceStore& store, ChangeOrder order)
{
    auto& what = order.change;
    if (order.no_logo) what.logo = "";
    if (!what.name && !what.organisation && !what.logo && !what.language && !what.compose && what.new_domains.empty() &&
        what.gone_domains.empty())
        return Error{Fault::config, "nothing to change: name what, such as --organisation or --domain"};
    SEALPOST_TRY(const auto account, find_account(store, order.account));
    SEALPOST_TRY(const auto changed, wait_for(store.people->accounts().change(account.id, std::move(what))));
    if (!changed) return Error{Fault::denied, "there is no account " + order.account};
    context.answer(to_json(*changed), describe(*changed));
    return {};
}

void add_change(CLI::App& group, Context& context)
{
    auto order = std::make_shared<ChangeOrder>();
    auto& what = order->change;
    auto* command = group.add_subcommand(
        "change", "Change what an account is called, its logo, language and domains, and who may write to it");
    command->add_option("NAME", order->account, "The account")->required();
    command->add_option("--name", what.name, "Another short name; its tokens and administrators stay");
    command->add_option("--organisation", what.organisation, "The name that recipients see");
    command->add_option("--language", what.language, "Its recipients' language until they choose")
        ->check(CLI::IsMember({"en", "fr"}));
    auto* logo = command->add_option("--logo", what.logo, "A data: URI")->check(check_logo);
    command->add_flag("--no-logo", order->no_logo, "Without a logo")->excludes(logo);
    command->add_option("--domain", what.new_domains, "One more mail domain of it, as with account add; may be repeated")
        ->check(refuse_no_domain);
    command->add_option("--no-domain", what.gone_domains, "No longer one of its domains; may be repeated")
        ->check(refuse_no_domain);
    add_compose(*command, [order](people::ComposeFrom from) { order->change.compose = from; });
    command->footer(
        "What is not named stays as it is. Envelopes that are open show the new names from then on.\n\n"
        "Examples:\n  sealpost account change acme --organisation \"Acme Group\" --domain acme.example\n"
        "  sealpost account change acme --name acme-group --no-domain acme.test\n"
        "  sealpost account change acme --compose anyone");
    command->callback(
        with_service(context, [&context, order](ServiceStore& store) -> Result<> { return change(context, store, *order); }));
}

void add_switch(CLI::App& group, Context& context, bool enables)
{
    auto name = std::make_shared<std::string>();
    auto* command = enables ? group.add_subcommand("enable", "Take the tokens of a disabled account again")
                            : group.add_subcommand("disable", "Refuse the tokens of an account until it is enabled");
    command->add_option("NAME", *name, "The account")->required();
    command->footer(enables
                        ? "Example:\n  sealpost account enable acme"
                        : "Its gateways seal nothing more; their mail to be sealed waits, and comes back to its senders when\n"
                          "its time is over.\n"
                          "People still open what was sealed before, until it expires, and may answer it. Administrators still\n"
                          "sign in: sealpost admin disable.\n\nExample:\n  sealpost account disable acme");
    command->callback(with_service(context, [&context, name, enables](ServiceStore& store) -> Result<> {
        SEALPOST_TRY(const auto account, find_account(store, *name));
        SEALPOST_TRY(const bool changed, wait_for(store.people->accounts().set_enabled(account.id, enables)));
        const std::string state = enables ? "enabled" : "disabled";
        context.answer(json::object{{"name", account.name}, {"enabled", enables}, {"changed", changed}},
                       "account " + account.name + (changed ? " " : " was already ") + state);
        return {};
    }));
}

}  // namespace

void add_account_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("account", "Organisations that send envelopes (tenants)");
    group->require_subcommand(1);
    group->footer(
        "Examples:\n  sealpost account add acme --organisation \"Acme Ltd\" --domain acme.test\n  sealpost account list\n"
        "  sealpost account show acme\n  sealpost account change acme --domain acme.example\n"
        "  sealpost account change acme --compose nobody\n  sealpost account disable acme");
    add_add(*group, context);
    auto* list = group->add_subcommand("list", "List the accounts");
    list->footer("Example:\n  sealpost --format json account list");
    list->callback(with_service(context, [&context](ServiceStore& store) -> Result<> {
        SEALPOST_TRY(const auto accounts, wait_for(store.people->accounts().list()));
        const auto make_line = [](const people::Account& account) { return Line{to_json(account), describe(account) + '\n'}; };
        answer_list(context, "accounts", accounts, make_line, "no accounts");
        return {};
    }));
    auto name = std::make_shared<std::string>();
    auto* shown = group->add_subcommand("show", "Show an account with its tokens and administrators");
    shown->add_option("NAME", *name, "The account")->required();
    shown->footer("Example:\n  sealpost account show acme");
    shown->callback(with_service(context, [&context, name](ServiceStore& store) -> Result<> {
        SEALPOST_TRY(const auto account, find_account(store, *name));
        return show(context, store, account);
    }));
    add_change(*group, context);
    add_switch(*group, context, false);
    add_switch(*group, context, true);
}

}  // namespace sealpost::cli
