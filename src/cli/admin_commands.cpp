#include "cli/service_store.hpp"
#include "core/people/made_password.hpp"
#include "wire/mail/visible_text.hpp"

#include <boost/json.hpp>

namespace sealpost::cli {
namespace {

namespace json = boost::json;

struct AdminOrder {
    std::string name;
    std::string account;
    bool of_node = false;
    bool from_stdin = false;
    bool without_account = false;
    bool without_node = false;
    bool may_be_last = false;
};

struct Password {
    Secret secret;
    bool is_generated = false;
};

Result<Password> take_password(const AdminOrder& order)
{
    if (!order.from_stdin) return Password{people::make_password(), true};
    SEALPOST_TRY(auto given, read_password());
    return Password{std::move(given), false};
}

void answer_password(const Context& context, const AdminOrder& order, const Password& password, const std::string& done)
{
    json::object object{{"name", order.name}};
    if (!password.is_generated) return context.answer(object, done);
    object["password"] = password.secret.reveal_text();
    context.answer(object, done + "\npassword, shown this once: " + std::string(password.secret.reveal_text()));
}

void add_password_option(CLI::App& command, AdminOrder& order)
{
    command.add_flag("--password-stdin", order.from_stdin, "Read the password from standard input instead of making one");
}

Result<std::string> find_account_name(ServiceStore& store, const people::Duties& duties)
{
    if (!duties.account) return std::string();
    SEALPOST_TRY(const auto account, wait_for(store.people->accounts().find(*duties.account)));
    return account ? account->name : "-";
}

// "acme", "the node", "acme and the node"
Result<std::string> describe_duties(ServiceStore& store, const people::Duties& duties)
{
    SEALPOST_TRY(auto name, find_account_name(store, duties));
    if (!duties.of_node) return name;
    return name.empty() ? "the node" : name + " and the node";
}

Error unknown_administrator(const std::string& name)
{
    return {Fault::denied, "there is no administrator \"" + mail::show_line(name) + "\"; `sealpost admin list` shows them"};
}

// By name, or by the number that the list shows of one whose name cannot be typed.
Result<people::Administrator> find_administrator(ServiceStore& store, const std::string& said)
{
    SEALPOST_TRY(auto found, wait_for(store.people->administrators().find_said(said)));
    if (!found) return unknown_administrator(said);
    return std::move(*found);
}

// A name of a former version may hold anything: then the number stands behind it, by which commands take it.
std::string describe_name(const people::Administrator& one)
{
    if (mail::is_all_visible(one.name)) return one.name;
    return mail::show_line(one.name) + " (" + people::format_administrator(one.id) + ")";
}

struct Described {
    json::object object;
    std::string text;
};

Result<Described> describe(ServiceStore& store, const people::Administrator& one)
{
    SEALPOST_TRY(const auto account, find_account_name(store, one.duties));
    SEALPOST_TRY(const auto of, describe_duties(store, one.duties));
    return Described{{{"id", people::format_administrator(one.id)},
                      {"name", one.name},
                      {"account", account.empty() ? json::value(nullptr) : json::value(account)},
                      {"node", one.duties.of_node},
                      {"enabled", one.is_enabled},
                      {"second_factor", one.has_second_factor}},
                     describe_name(one) + "  " + mail::show_line(of) + (one.has_second_factor ? "  second factor" : "") +
                         (one.is_enabled ? "" : "  disabled")};
}

void add_admin_add(CLI::App& group, Context& context)
{
    auto order = std::make_shared<AdminOrder>();
    auto* command = group.add_subcommand("add", "Add an administrator of an account, of the node, or of both");
    command->add_option("NAME", order->name, "As they sign in")->required();
    command->add_option("--account", order->account, "The account whose domains, envelopes and deliveries they manage");
    command->add_flag("--node", order->of_node, "They manage this node: mail policies, certificates, administrators");
    add_password_option(*command, *order);
    command->footer(
        "Examples:\n  sealpost admin add ada --account acme\n  sealpost admin add mia --node\n  sealpost admin add ada --account "
        "acme --password-stdin < ada.password");
    command->callback(with_store(
        context,
        [&context, order](ServiceStore& store) -> Result<> {
            if (order->account.empty() && !order->of_node)
                return Error{Fault::config, "an administrator of what? --account NAME, --node, or both"};
            people::Duties duties{std::nullopt, order->of_node};
            if (!order->account.empty()) {
                SEALPOST_TRY(const auto found, find_account(store, order->account));
                duties.account = found.id;
            }
            SEALPOST_TRY(const auto password, take_password(*order));
            SEALPOST_TRY(const auto added,
                         wait_for(store.people->administrators().add(order->name, duties, password.secret.clone())));
            SEALPOST_TRY(const auto of, describe_duties(store, duties));
            answer_password(context, *order, password, "administrator " + added.name + " of " + of + " added");
            return {};
        },
        Missing::made));
}

void add_admin_password(CLI::App& group, Context& context)
{
    auto order = std::make_shared<AdminOrder>();
    auto* command = group.add_subcommand("password", "Set a new password; signed-in sessions end");
    command->add_option("NAME", order->name, "As they sign in, or administrator:N")->required();
    add_password_option(*command, *order);
    command->footer("Example:\n  sealpost admin password ada");
    command->callback(with_store(context, [&context, order](ServiceStore& store) -> Result<> {
        SEALPOST_TRY(const auto known, find_administrator(store, order->name));
        SEALPOST_TRY(const auto password, take_password(*order));
        SEALPOST_TRY(const bool changed,
                     wait_for(store.people->administrators().set_password(known.name, password.secret.clone())));
        if (!changed) return unknown_administrator(order->name);
        order->name = known.name;
        answer_password(context, *order, password, "password of " + describe_name(known) + " changed");
        return {};
    }));
}

void add_last_option(CLI::App& command, AdminOrder& order)
{
    command.add_flag("--last", order.may_be_last, "Also when nobody is left for the node or for an account");
}

people::LastOne last_of(const AdminOrder& order) { return order.may_be_last ? people::LastOne::may_go : people::LastOne::stays; }

Result<> check_change(people::AdministratorChange change, const std::string& name)
{
    using enum people::AdministratorChange;
    switch (change) {
        case done: break;
        case unknown: return unknown_administrator(name);
        case last_of_node:
            return Error{Fault::denied, name + " is the last administrator of the node: add another first, or say --last"};
        case last_of_account:
            return Error{Fault::denied, name + " is the last administrator of an account: add another first, or say --last"};
    }
    return {};
}

void add_admin_change(CLI::App& group, Context& context)
{
    auto order = std::make_shared<AdminOrder>();
    auto* command = group.add_subcommand("change", "Change what an administrator manages; signed-in sessions end");
    command->add_option("NAME", order->name, "As they sign in, or administrator:N")->required();
    auto* account = command->add_option("--account", order->account, "The account that they manage from now on");
    command->add_flag("--no-account", order->without_account, "They manage no account any more")->excludes(account);
    auto* node = command->add_flag("--node", order->of_node, "They manage this node from now on");
    command->add_flag("--no-node", order->without_node, "They manage this node no more")->excludes(node);
    add_last_option(*command, *order);
    command->footer("Examples:\n  sealpost admin change ada --node\n  sealpost admin change mia --account acme --no-node");
    command->callback(with_store(context, [&context, order](ServiceStore& store) -> Result<> {
        if (order->account.empty() && !order->without_account && !order->of_node && !order->without_node)
            return Error{Fault::config, "change what? --account NAME, --no-account, --node or --no-node"};
        auto& administrators = store.people->administrators();
        SEALPOST_TRY(const auto known, find_administrator(store, order->name));
        people::Duties duties = known.duties;
        duties.of_node = (duties.of_node || order->of_node) && !order->without_node;
        if (order->without_account) duties.account.reset();
        if (!order->account.empty()) {
            SEALPOST_TRY(const auto found, find_account(store, order->account));
            duties.account = found.id;
        }
        SEALPOST_TRY(const auto change, wait_for(administrators.set_duties(known.name, duties, last_of(*order))));
        SEALPOST_CHECK(check_change(change, describe_name(known)));
        SEALPOST_TRY(auto changed, describe(store, {known.id, known.name, duties, known.is_enabled, known.has_second_factor}));
        context.answer(changed.object, changed.text);
        return {};
    }));
}

void add_admin_switch(CLI::App& group, Context& context, bool is_enabled)
{
    const std::string name = is_enabled ? "enable" : "disable";
    auto order = std::make_shared<AdminOrder>();
    auto* command = group.add_subcommand(name, is_enabled ? "Let a disabled administrator sign in again"
                                                          : "Keep an administrator from signing in; signed-in sessions end");
    command->add_option("NAME", order->name, "As they sign in, or administrator:N")->required();
    if (!is_enabled) add_last_option(*command, *order);
    command->footer("Example:\n  sealpost admin " + name + " ada");
    command->callback(with_store(context, [&context, order, is_enabled](ServiceStore& store) -> Result<> {
        SEALPOST_TRY(const auto known, find_administrator(store, order->name));
        SEALPOST_TRY(const auto change,
                     wait_for(store.people->administrators().set_enabled(known.name, is_enabled, last_of(*order))));
        SEALPOST_CHECK(check_change(change, describe_name(known)));
        context.answer(json::object{{"name", known.name}, {"enabled", is_enabled}},
                       "administrator " + describe_name(known) + (is_enabled ? " enabled" : " disabled"));
        return {};
    }));
}

void add_admin_remove(CLI::App& group, Context& context)
{
    auto order = std::make_shared<AdminOrder>();
    auto* command = group.add_subcommand("remove", "Remove an administrator; signed-in sessions end");
    command->add_option("NAME", order->name, "As they sign in, or administrator:N")->required();
    add_last_option(*command, *order);
    command->footer("Example:\n  sealpost admin remove ada");
    command->callback(with_store(context, [&context, order](ServiceStore& store) -> Result<> {
        SEALPOST_TRY(const auto known, find_administrator(store, order->name));
        SEALPOST_TRY(const auto change, wait_for(store.people->administrators().remove(known.name, last_of(*order))));
        SEALPOST_CHECK(check_change(change, describe_name(known)));
        context.answer(json::object{{"name", known.name}, {"removed", true}},
                       "administrator " + describe_name(known) + " removed");
        return {};
    }));
}

void add_admin_factors(CLI::App& admin_group, Context& context)
{
    auto* group = admin_group.add_subcommand("factors", "Authenticator app and recovery codes of an administrator");
    group->require_subcommand(1);
    group->footer("Example:\n  sealpost admin factors remove ada");
    auto order = std::make_shared<AdminOrder>();
    auto* remove = group->add_subcommand("remove", "Take them away from one who lost them; signed-in sessions end");
    remove->add_option("NAME", order->name, "As they sign in, or administrator:N")->required();
    remove->footer(
        "Be sure who is asking: from then on the password is enough to sign in, and to set up new ones.\n\n"
        "Example:\n  sealpost admin factors remove ada");
    remove->callback(with_store(context, [&context, order](ServiceStore& store) -> Result<> {
        SEALPOST_TRY(const auto known, find_administrator(store, order->name));
        SEALPOST_TRY(const auto removal, wait_for(store.people->administrators().remove_factors(known.name)));
        if (removal == people::FactorRemoval::unknown) return unknown_administrator(order->name);
        const bool is_removed = removal == people::FactorRemoval::done;
        context.answer(json::object{{"name", known.name}, {"removed", is_removed}},
                       is_removed ? "second factor of " + describe_name(known) + " removed" : "there was nothing to remove");
        return {};
    }));
}

void add_admin_list(CLI::App& group, Context& context)
{
    auto* list = group.add_subcommand("list", "List administrators");
    list->footer("Example:\n  sealpost admin list");
    list->callback(with_store(context, [&context](ServiceStore& store) -> Result<> {
        SEALPOST_TRY(const auto all, wait_for(store.people->administrators().list()));
        json::array array;
        std::string text;
        for (const auto& one : all) {
            SEALPOST_TRY(auto described, describe(store, one));
            array.push_back(std::move(described.object));
            text += described.text + '\n';
        }
        context.answer(json::object{{"administrators", array}}, all.empty() ? "no administrators" : text);
        return {};
    }));
}

}  // namespace

void add_admin_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("admin", "Administrators of accounts and of the node, who sign in to the portal");
    group->require_subcommand(1);
    group->footer(
        "Examples:\n  sealpost admin add ada --account acme\n  sealpost admin add mia --node\n  sealpost admin list\n  sealpost "
        "admin change ada --node\n  sealpost admin remove ada");
    add_admin_add(*group, context);
    add_admin_change(*group, context);
    add_admin_password(*group, context);
    add_admin_factors(*group, context);
    add_admin_list(*group, context);
    add_admin_switch(*group, context, false);
    add_admin_switch(*group, context, true);
    add_admin_remove(*group, context);
}

}  // namespace sealpost::cli
