#include "cli/service_store.hpp"
#include "cli/time_option.hpp"
#include "wire/mail/visible_text.hpp"

#include <boost/json.hpp>

#include <map>

namespace sealpost::cli {
namespace {

namespace json = boost::json;

constexpr int most_listed = 1000;

struct AuditOptions {
    std::string who, what, subject, since, until;
    std::int64_t before = 0;
    int limit = 100;
};

// Administrators and people by the names that the trail gives them.
using Names = std::map<std::string, std::string>;

Result<Names> list_administrators(ServiceStore& store)
{
    SEALPOST_TRY(const auto all, wait_for(store.people->administrators().list()));
    Names names;
    for (const auto& one : all) names["administrator:" + std::to_string(one.id.value())] = one.name;
    return names;
}

// An administrator's name or a person's address as the trail says it; what it is neither of stays as it is.
Result<std::string> find_who(ServiceStore& store, const Names& administrators, const std::string& said)
{
    for (const auto& [who, name] : administrators)
        if (name == said) return who;
    if (said.find('@') == std::string::npos) return said;
    SEALPOST_TRY(const auto person, wait_for(store.people->persons().find_by_address(said)));
    if (person) return "person:" + std::to_string(person->id.value());
    return Error{Fault::denied, "nobody here owns the address " + said};
}

json::value read_details(const std::string& text)
{
    boost::system::error_code bad;
    auto details = json::parse(text, bad);
    return bad ? json::value(text) : std::move(details);
}

struct Printed {
    json::object object;
    std::string line;
};

Printed print(const people::AuditRecord& record, const Names& administrators)
{
    const auto& entry = record.entry;
    const auto known = administrators.find(entry.who);
    const std::string name = known == administrators.end() ? "" : known->second;
    const json::value details = read_details(entry.details);
    const bool tells_more = !details.is_object() || !details.get_object().empty();
    Printed out;
    out.object = {{"number", record.number},  {"time", format_rfc3339(record.time)},
                  {"who", entry.who},         {"name", name.empty() ? json::value(nullptr) : json::value(name)},
                  {"network", entry.network}, {"what", entry.what},
                  {"subject", entry.subject}, {"details", details}};
    const std::string line = std::to_string(record.number) + "  " + format_rfc3339(record.time) + "  " + entry.who +
                             (name.empty() ? "" : " (" + name + ')') + "  " + (entry.network.empty() ? "-" : entry.network) +
                             "  " + entry.what + "  " + entry.subject + (tells_more ? "  " + json::serialize(details) : "");
    out.line = mail::show_line(line) + '\n';
    return out;
}

Result<> list(Context& context, ServiceStore& store, const AuditOptions& options)
{
    people::AuditFilter filter;
    const auto now = system_clock().now();
    SEALPOST_TRY(filter.since, read_past_time("--since", options.since, now));
    SEALPOST_TRY(filter.until, read_past_time("--until", options.until, now));
    SEALPOST_TRY(const auto administrators, list_administrators(store));
    SEALPOST_TRY(filter.who, find_who(store, administrators, options.who));
    filter.what = options.what;
    filter.subject = options.subject;
    filter.before = options.before;
    filter.most = options.limit;
    SEALPOST_TRY(const auto records, wait_for(store.people->audit().list(filter)));
    json::array all;
    std::string text;
    for (const auto& record : records) {
        auto printed = print(record, administrators);
        all.push_back(std::move(printed.object));
        text += printed.line;
    }
    // There may be more behind a full page.
    const bool is_full = records.size() == static_cast<std::size_t>(options.limit);
    context.answer(json::object{{"records", std::move(all)},
                                {"next_before", is_full ? json::value(records.back().number) : json::value(nullptr)}},
                   records.empty() ? "nothing found" : text);
    return {};
}

}  // namespace

void add_audit_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("audit", "The audit trail: who did what, and when");
    group->require_subcommand(1);
    group->footer(
        "Nothing is ever changed in it; what is older than [retention] audit of sealpost.toml is removed, which it "
        "tells.\n\nExample:\n  sealpost audit list");
    auto options = std::make_shared<AuditOptions>();
    auto* command = group->add_subcommand("list", "Records, the newest first");
    command->add_option("--who", options->who,
                        "Only by this administrator (name), this person (address), or operator, service, link, gateway:N …");
    command->add_option("--what", options->what, "Only this action, such as key.released, or all of key");
    command->add_option("--subject", options->subject, "Only about this: an envelope, a domain, administrator:NAME, policy …");
    command->add_option("--since", options->since, "At or after this time (RFC 3339, a day, or how long ago: 24h; UTC)");
    command->add_option("--until", options->until, "Before this time");
    command->add_option("--before", options->before, "Only numbers below this one: the next page")->check(CLI::NonNegativeNumber);
    command->add_option("--limit", options->limit, "At most so many")->check(CLI::Range(1, most_listed))->capture_default_str();
    command->footer(
        "Examples:\n  sealpost audit list --who ada --since 2026-11-22\n"
        "  sealpost audit list --what administrator\n"
        "  sealpost --format json audit list --what key.released --who bob@partner.test --limit 1000");
    command->callback(
        with_store(context, [&context, options](ServiceStore& store) -> Result<> { return list(context, store, *options); }));
}

}  // namespace sealpost::cli
