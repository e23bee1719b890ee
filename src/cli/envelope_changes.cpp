// What the operator of a service may do to envelopes: look for them, lock, unlock, expire and recall them. Their content is
// nobody's but the recipients'.
#include "cli/envelope_changes.hpp"

#include "base/text.hpp"
#include "cli/option_checks.hpp"
#include "cli/service_store.hpp"
#include "cli/time_option.hpp"
#include "core/keys/key_store.hpp"
#include "serve/node/kek.hpp"

#include <boost/json.hpp>

#include <sstream>

namespace sealpost::cli {
namespace {

namespace json = boost::json;

constexpr const char* operator_name = "operator";

Result<std::shared_ptr<keys::KeyStore>> open_keys(ServiceStore& store)
{
    SEALPOST_TRY(const auto kek, node::open_kek(store.config));
    return keys::KeyStore::open({store.database, &system_clock(), kek.wrapper, log::Log::silent(), {}});
}

Result<keys::EnvelopeFacts> find_envelope(keys::KeyStore& keys, const std::string& text)
{
    const auto id = keys::parse_envelope_id(text);
    if (!id)
        return Error{Fault::config, text + ": an envelope's id is 26 characters of lower-case base32; `envelope list` shows it"};
    SEALPOST_TRY(auto facts, wait_for(keys.find(*id)));
    if (!facts) return Error{Fault::denied, "there is no envelope " + text};
    return std::move(*facts);
}

Result<> check(keys::ChangeVerdict verdict, const std::string& id)
{
    switch (verdict) {
        case keys::ChangeVerdict::done: return {};
        case keys::ChangeVerdict::unknown:
        case keys::ChangeVerdict::may_not_prolong:
        case keys::ChangeVerdict::locked_by_account: break;  // an operator may do both
        case keys::ChangeVerdict::expired: return Error{Fault::denied, "envelope " + id + " has expired"};
        case keys::ChangeVerdict::erased: return Error{Fault::denied, "the key of envelope " + id + " was erased"};
    }
    return Error{Fault::denied, "there is no envelope " + id};
}

json::value format_lock_side(const keys::EnvelopeFacts& facts)
{
    return facts.state == keys::State::locked ? json::value(keys::format_locked_by(facts.locked_by)) : json::value(nullptr);
}

json::object to_json(const keys::EnvelopeFacts& facts)
{
    json::array recipients;
    for (const auto& recipient : facts.recipients) {
        json::object entry{{"address", recipient.address}, {"released_at", nullptr}, {"displayed_at", nullptr}};
        if (recipient.released_at) entry["released_at"] = format_rfc3339(*recipient.released_at);
        if (recipient.displayed_at) entry["displayed_at"] = format_rfc3339(*recipient.displayed_at);
        recipients.push_back(std::move(entry));
    }
    return {{"id", facts.policy.id.value()},
            {"account_id", facts.policy.account.value()},
            {"sender", facts.policy.sender.address},
            {"sent_at", format_rfc3339(facts.sent_at)},
            {"expires_at", format_rfc3339(facts.policy.expires_at)},
            {"state", keys::format_state(facts.state)},
            {"lock_reason", facts.lock_reason},
            {"locked_by", format_lock_side(facts)},
            {"recipients", std::move(recipients)}};
}

std::string describe(const keys::EnvelopeFacts& facts)
{
    std::string text = facts.policy.id.value() + "  " + std::string(keys::format_state(facts.state)) + "  " +
                       format_rfc3339(facts.sent_at) + "  " + facts.policy.sender.address + " to";
    for (const auto& recipient : facts.recipients)
        text +=
            ' ' + recipient.address + (recipient.released_at ? " (opened " + format_rfc3339(*recipient.released_at) + ')' : "");
    if (!facts.lock_reason.empty()) text += "\n    locked: " + facts.lock_reason;
    if (facts.state == keys::State::locked && facts.locked_by == keys::LockedBy::sender) text += "\n    locked by its sender";
    return text;
}

struct ListOptions {
    std::string account, query;
    int page = 1;
};

Result<> list_envelopes(Context& context, ServiceStore& store, const ListOptions& options)
{
    constexpr int per_page = 50;
    SEALPOST_TRY(const auto account, find_account(store, options.account));
    SEALPOST_TRY(const auto keys, open_keys(store));
    keys::ListQuery query;
    query.account = account.id;
    query.text = options.query;
    query.page = options.page - 1;
    query.per_page = per_page;
    SEALPOST_TRY(const auto found, wait_for(keys->list(std::move(query))));
    json::array all;
    std::ostringstream text;
    for (const auto& facts : found) {
        all.push_back(to_json(facts));
        text << describe(facts) << '\n';
    }
    const bool is_full = found.size() == per_page;
    if (is_full) text << "there may be more: --page " << options.page + 1 << '\n';
    context.answer(
        json::object{{"envelopes", all}, {"next_page", is_full ? json::value(options.page + 1) : json::value(nullptr)}},
        found.empty() ? "no envelopes" : text.str());
    return {};
}

void add_list(CLI::App& group, Context& context)
{
    auto options = std::make_shared<ListOptions>();
    auto* command =
        group.add_subcommand("list", "Envelopes that a service keeps the keys of, the newest first; never their content");
    command->add_option("--account", options->account, "Whose; `account list` shows them")->required();
    command->add_option("--query", options->query, "A part of the sender's or a recipient's address");
    command->add_option("--page", options->page, "50 a page")->check(CLI::Range(1, 1'000'000))->capture_default_str();
    command->footer("Example:\n  sealpost envelope list --account acme --query bob@partner.example");
    command->callback(with_store(
        context, [&context, options](ServiceStore& store) -> Result<> { return list_envelopes(context, store, *options); }));
}

// One change of one envelope: `change` makes it, `done` says so.
template <class Make>
void add_change(CLI::App& command, Context& context, std::shared_ptr<std::string> id, Make change)
{
    command.add_option("ID", *id, "The envelope, as `envelope list` and its page show it")->required();
    command.callback(with_store(context, [&context, id, change](ServiceStore& store) -> Result<> {
        SEALPOST_TRY(const auto keys, open_keys(store));
        SEALPOST_TRY(const auto before, find_envelope(*keys, *id));
        SEALPOST_TRY(const auto verdict, wait_for(change(*keys, before.policy.id, before.policy.account)));
        SEALPOST_CHECK(check(verdict, *id));
        SEALPOST_TRY(const auto after, find_envelope(*keys, *id));
        context.answer(to_json(after), describe(after));
        return {};
    }));
}

void add_lock(CLI::App& group, Context& context)
{
    auto id = std::make_shared<std::string>();
    auto reason = std::make_shared<std::string>();
    auto* command = group.add_subcommand("lock", "Give the key out no more, until `unlock`; recipients are shown the reason");
    command->add_option("--reason", *reason, "For the recipients, and the audit trail")
        ->required()
        ->check([](const std::string& text) {
            constexpr std::size_t most = 500;
            return text.size() > most ? "at most 500 octets" : "";
        });
    command->footer("Example:\n  sealpost envelope lock bbru2gsh3bngicm326ymf2aaa4 --reason \"Sent by mistake\"");
    add_change(*command, context, id, [reason](keys::KeyStore& keys, keys::EnvelopeId which, keys::AccountId account) {
        return keys.lock(which, account, *reason, operator_name);
    });
}

void add_unlock(CLI::App& group, Context& context)
{
    auto* command = group.add_subcommand("unlock", "Give the key out again");
    command->footer("Example:\n  sealpost envelope unlock bbru2gsh3bngicm326ymf2aaa4");
    add_change(*command, context, std::make_shared<std::string>(),
               [](keys::KeyStore& keys, keys::EnvelopeId which, keys::AccountId account) {
                   return keys.unlock(which, account, operator_name);
               });
}

Task<Result<keys::ChangeVerdict>> change_expiry(keys::KeyStore& keys, keys::EnvelopeId id, keys::AccountId account,
                                                std::string at)
{
    const auto time = read_time("--at", at);
    if (time.has_error()) co_return time.error();
    if (!*time) co_return Error{Fault::config, "--at: a time is missing"};
    auto verdict = co_await keys.change_expiry(id, account, **time, operator_name);
    co_return verdict;
}

void add_expiry(CLI::App& group, Context& context)
{
    auto at = std::make_shared<std::string>();
    auto* command = group.add_subcommand("expiry", "Let the key be destroyed at another time");
    command->add_option("--at", *at, "When (RFC 3339, or a day, its beginning); the key is then erased for ever")
        ->required()
        ->check(refuse_nothing);
    command->footer("Example:\n  sealpost envelope expiry bbru2gsh3bngicm326ymf2aaa4 --at 2027-01-31T00:00:00Z");
    add_change(*command, context, std::make_shared<std::string>(),
               [at](keys::KeyStore& keys, keys::EnvelopeId which, keys::AccountId account) {
                   return change_expiry(keys, which, account, *at);
               });
}

void add_recall(CLI::App& group, Context& context)
{
    auto* command =
        group.add_subcommand("recall", "Erase the key for ever: nobody opens the envelope any more, nor can it be undone");
    command->footer("Example:\n  sealpost envelope recall bbru2gsh3bngicm326ymf2aaa4");
    add_change(*command, context, std::make_shared<std::string>(),
               [](keys::KeyStore& keys, keys::EnvelopeId which, keys::AccountId account) {
                   return keys.recall(which, account, operator_name);
               });
}

}  // namespace

void add_envelope_changes(CLI::App& group, Context& context)
{
    add_list(group, context);
    add_lock(group, context);
    add_unlock(group, context);
    add_expiry(group, context);
    add_recall(group, context);
}

}  // namespace sealpost::cli
