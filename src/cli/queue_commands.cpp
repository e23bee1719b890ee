// queue: works on the store beside a running server, which notices within a second.
#include "cli/answering.hpp"
#include "cli/option_checks.hpp"
#include "cli/queue_head.hpp"
#include "cli/queue_views.hpp"
#include "cli/service_store.hpp"
#include "core/config/schema.hpp"
#include "wire/mail/visible_text.hpp"

#include <array>
#include <iostream>

namespace sealpost::cli {
namespace {

namespace json = boost::json;
using queue::MessageId;
using queue::Queue;

constexpr int most_shares = 20;

std::string say_unknown(std::int64_t id, const std::string& what = "waits")
{
    return "no such message " + what + "; `track " + std::to_string(id) + "` tells what became of it";
}

struct Options {
    std::vector<std::int64_t> ids;
    std::string domain;
    std::string sender;
    std::string older_than;
    std::string by = "domain";
    std::int64_t after = 0;
    int limit = 100;
    bool held_only = false;
    bool all = false;
    bool is_sure = false;
    bool with_head = false;
};

// Before which a message was accepted to be meant; absent: all are.
std::optional<WallTime> find_until(const Options& options)
{
    if (options.older_than.empty()) return std::nullopt;
    return system_clock().now() - std::chrono::seconds(config::parse_duration(options.older_than).value());
}

queue::Choice to_choice(const Options& options)
{
    return {options.domain, options.sender, options.held_only, find_until(options)};
}

Result<> list(Context& context, Queue& queue, const Options& options)
{
    queue::ListFilter filter;
    filter.domain = options.domain;
    filter.sender = options.sender;
    filter.held_only = options.held_only;
    filter.until = find_until(options);
    filter.after = MessageId(options.after);
    filter.most = options.limit + 1;
    SEALPOST_TRY(auto messages, wait_for(queue.list(filter)));
    answer_list(context, std::move(messages), options.limit, "after");
    return {};
}

Result<> show(Context& context, Queue& queue, const Options& options)
{
    if (!options.with_head) return show_one(context, queue, options.ids.front());
    SEALPOST_TRY(const auto message, find_one(queue, options.ids.front()));
    SEALPOST_TRY(const auto head, load_head(queue, message));
    SEALPOST_TRY(auto told, tell(queue, message));
    told.object["head"] = head;
    context.answer(told.object, told.text + "\n" + head);
    return {};
}

std::string count_messages(std::int64_t count) { return std::to_string(count) + (count == 1 ? " message" : " messages"); }

// "3d 4h", "12m", "40s": as much as people want to know.
std::string format_age(std::chrono::seconds age)
{
    const auto seconds = std::max<std::int64_t>(age.count(), 0);
    if (seconds >= 86'400) return std::to_string(seconds / 86'400) + "d " + std::to_string(seconds % 86'400 / 3600) + "h";
    if (seconds >= 3600) return std::to_string(seconds / 3600) + "h " + std::to_string(seconds % 3600 / 60) + "m";
    return seconds >= 60 ? std::to_string(seconds / 60) + "m" : std::to_string(seconds) + "s";
}

std::chrono::seconds age_of(const queue::Share& share)
{
    if (!share.oldest) return std::chrono::seconds(0);
    return std::chrono::duration_cast<std::chrono::seconds>(system_clock().now() - *share.oldest);
}

json::object to_json(const queue::Share& share)
{
    return {{"messages", share.messages},
            {"octets", share.bytes},
            {"held", share.held},
            {"deferred", share.deferred},
            {"oldest_at", share.oldest ? json::value(format_rfc3339(*share.oldest)) : json::value(nullptr)},
            {"oldest_seconds", age_of(share).count()}};
}

std::string format_row(const std::array<std::string, 6>& cells)
{
    constexpr std::array<std::size_t, 5> widths{10, 15, 10, 10, 9};
    std::string row;
    for (std::size_t i = 0; i < widths.size(); ++i)
        row += std::string(widths[i] - std::min(widths[i], cells[i].size()), ' ') + cells[i];
    return row + "  " + cells.back() + "\n";
}

std::string describe(const queue::Share& share, const std::string& name)
{
    return format_row({std::to_string(share.messages), std::to_string(share.bytes), std::to_string(share.deferred),
                       std::to_string(share.held), share.oldest ? format_age(age_of(share)) : "-", name});
}

Result<> summarize(Context& context, Queue& queue, const Options& options)
{
    const bool is_by_sender = options.by == "sender";
    const auto by = is_by_sender ? queue::SummaryBy::sender : queue::SummaryBy::domain;
    SEALPOST_TRY(const auto summary, wait_for(queue.summarize(by, options.limit)));
    json::array shares;
    std::string text = format_row({"messages", "octets", "deferred", "held", "oldest", options.by});
    std::int64_t others = summary.whole.messages;
    for (const auto& share : summary.shares) {
        const std::string name = share.name.empty() ? "<>" : share.name;
        json::object object = to_json(share);
        object[options.by] = name;
        shares.push_back(std::move(object));
        text += describe(share, mail::show_line(name));
        others -= share.messages;
    }
    text += describe(summary.whole, "all");
    json::object answer = to_json(summary.whole);
    answer["by"] = options.by;
    answer["shares"] = std::move(shares);
    answer["others"] = others;
    context.answer(answer, text);
    if (!context.json && others > 0)
        std::cerr << "sealpost: " << count_messages(others) << " of others are not shown: --limit shows more\n";
    return {};
}

// What hold, release and remove do to one message, and to all that are chosen.
struct Change {
    Task<Result<bool>> (Queue::*to_one)(MessageId);
    Task<Result<int>> (Queue::*to_all)(queue::Choice);
    const char* wanted;  // what a message must be for it
    const char* done;
    const char* for_ever;  // of many only with --yes, which says this without it; null: it can be taken back
    const char* noted;     // in the audit trail
};

// In the audit trail. No sender's or recipient's address: a person who is erased shall not be found there.
Result<> note(people::People& people, const Change& change, const json::object& details, const std::string& done)
{
    return note_in_audit_trail(people, change.noted, "queue", details, done);
}

json::object describe_choice(const Options& options)
{
    json::object details;
    if (!options.domain.empty()) details["domain"] = options.domain;
    const auto at = options.sender.rfind('@');
    if (at != std::string::npos) details["sender_domain"] = options.sender.substr(at + 1, options.sender.find('>') - at - 1);
    if (options.sender == "<>") details["sender"] = "<>";
    if (options.held_only) details["held_only"] = true;
    if (!options.older_than.empty()) details["older_than"] = options.older_than;
    if (options.all) details["all"] = true;
    return details;
}

Result<> change_these(Context& context, Queue& queue, people::People& people, const Options& options, const Change& change)
{
    json::array changed;
    json::array unknown;
    std::string text;
    Result<> outcome;
    for (const auto id : options.ids) {
        const auto is_known = wait_for((queue.*change.to_one)(MessageId(id)));
        if (is_known.has_error()) {
            outcome = is_known.error();
            break;
        }
        (*is_known ? changed : unknown).push_back(id);
        text += std::to_string(id) + ": " + (*is_known ? change.done : say_unknown(id, change.wanted)) + "\n";
        if (!*is_known) context.exit = Exit::no;
    }
    const json::object details{{"ids", changed}};
    const std::string done = count_messages(static_cast<std::int64_t>(changed.size())) + " " + change.done;
    const bool is_done = !changed.empty();
    if (outcome) context.answer(json::object{{"changed", std::move(changed)}, {"not_found", std::move(unknown)}}, text);
    if (is_done) SEALPOST_CHECK(note(people, change, details, done));
    return outcome;
}

Result<> change_chosen(Context& context, Queue& queue, people::People& people, const Options& options, const Change& change)
{
    const auto count = wait_for((queue.*change.to_all)(to_choice(options)));
    json::object details = describe_choice(options);
    if (count.has_error()) {  // having changed some, perhaps
        details["problem"] = count.error().text;
        SEALPOST_CHECK(note(people, change, details, count.error().text));
        return count.error();
    }
    const std::string done = count_messages(*count) + " " + change.done;
    context.answer(json::object{{"changed", *count}}, done);
    if (*count == 0) return {};
    details["messages"] = *count;
    return note(people, change, details, done);
}

Result<> tell_what_would_go(Context& context, Queue& queue, const Options& options, const Change& change)
{
    SEALPOST_TRY(const int count, wait_for(queue.count_all(to_choice(options))));
    context.exit = Exit::no;
    context.answer(json::object{{"would_change", count}}, count_messages(count) + " would be " + change.done + " for ever, " +
                                                              change.for_ever + "; with --yes they are");
    return {};
}

// A choice that is empty by mistake must not stand for everything. Where the audit trail cannot be opened nothing is done;
// what could not be noted behind a change is said.
Result<> change(Context& context, Queue& queue, const Options& options, const Change& change)
{
    const bool is_narrow = !options.domain.empty() || !options.sender.empty() || options.held_only || !options.older_than.empty();
    if (options.ids.empty() && !is_narrow && !options.all)
        return Error{Fault::config, "name message ids, --sender, --domain, --older-than or --all"};
    if (!options.ids.empty() && (is_narrow || options.all))
        return Error{Fault::config, "name message ids, or which messages to choose, but not both"};
    if (is_narrow && options.all) return Error{Fault::config, "--all stands for every message: leave it out, or the others"};
    const bool only_asks = options.ids.empty() && change.for_ever != nullptr && !options.is_sure;
    if (only_asks) return tell_what_would_go(context, queue, options, change);
    SEALPOST_TRY(auto store, open_service_store(context));
    if (!options.ids.empty()) return change_these(context, queue, *store.people, options, change);
    return change_chosen(context, queue, *store.people, options, change);
}

// What is held stays held until it is released.
Result<> deliver_these(Context& context, Queue& queue, const Options& options)
{
    json::array changed, held, unknown;
    std::string text;
    for (const auto id : options.ids) {
        SEALPOST_TRY(const bool is_due, wait_for(queue.deliver_now(MessageId(id))));
        SEALPOST_TRY(const auto message, wait_for(queue.show(MessageId(id))));
        const bool is_held = !is_due && message.has_value();
        (is_due ? changed : is_held ? held : unknown).push_back(id);
        const std::string number = std::to_string(id);
        text += number + ": " +
                (is_due    ? "due now"
                 : is_held ? "is held; `queue release " + number + "`"
                           : say_unknown(id)) +
                "\n";
        if (!is_due) context.exit = Exit::no;
    }
    context.answer(json::object{{"changed", std::move(changed)}, {"held", std::move(held)}, {"not_found", std::move(unknown)}},
                   text);
    return {};
}

Result<> deliver(Context& context, Queue& queue, const Options& options)
{
    const int ways = int(!options.ids.empty()) + int(!options.domain.empty()) + int(options.all);
    if (ways > 1) return Error{Fault::config, "name message ids, --domain or --all, but only one of them"};
    if (!options.ids.empty()) return deliver_these(context, queue, options);
    if (ways == 0) return Error{Fault::config, "name message ids, --domain or --all"};
    SEALPOST_TRY(const int count, wait_for(queue.deliver_all_now(options.all ? std::string() : options.domain)));
    context.answer(json::object{{"changed", count}}, std::to_string(count) + " messages are due now");
    return {};
}

using Work = Result<> (*)(Context&, Queue&, const Options&);

// The options live as long as the command that they belong to.
CLI::App* add(CLI::App& parent, Context& context, const std::string& name, const std::string& what, Work work,
              std::shared_ptr<Options> options)
{
    auto* command = parent.add_subcommand(name, what);
    command->callback(answering(context, [options, work](Context& to_answer) -> Result<> {
        SEALPOST_TRY(const auto queue, open_queue(to_answer));
        return work(to_answer, *queue, *options);
    }));
    return command;
}

void add_older_than(CLI::App& command, Options& options)
{
    command.add_option("--older-than", options.older_than, "Only what was accepted longer ago: 90s, 15m, 2h, 3d")
        ->check(refuse_no_duration);
}

void add_looking(CLI::App& parent, Context& context)
{
    auto options = std::make_shared<Options>();
    auto* command = add(parent, context, "list", "Messages that wait, with what their last attempt said", list, options);
    command->add_option("--domain", options->domain, "Only with a recipient at this domain")->check(refuse_no_mail_domain);
    command->add_option("--sender", options->sender, "Only from this envelope sender; @DOMAIN: from any at it; <>: bounces")
        ->check(refuse_no_sender);
    command->add_flag("--held", options->held_only, "Only what is held");
    add_older_than(*command, *options);
    command->add_option("--after", options->after, "Only ids above this one: the next page");
    command->add_option("--limit", options->limit, "At most so many")->check(CLI::Range(1, most_listed))->capture_default_str();
    command->footer("Examples:\n  sealpost queue list --held\n  sealpost --format json queue list --domain partner.test");

    auto summed = std::make_shared<Options>();
    summed->limit = most_shares;
    command = add(parent, context, "summary", "What fills the queue: destinations or senders, those with the most messages first",
                  summarize, summed);
    command->add_option("--by", summed->by, "domain of the recipients, or sender")
        ->check(CLI::IsMember({"domain", "sender"}))
        ->capture_default_str();
    command->add_option("--limit", summed->limit, "At most so many")->check(CLI::Range(1, most_listed))->capture_default_str();
    command->footer(
        "deferred: tried in vain, and waiting for the next time. A message of several domains counts for the first that "
        "waits.\n\n"
        "Examples:\n  sealpost queue summary\n  sealpost --format json queue summary --by sender --limit 5");

    auto shown = std::make_shared<Options>();
    command = add(parent, context, "show", "One message and what became of its recipients so far", show, shown);
    command->add_option("ID", shown->ids, "The message")->required()->expected(1);
    command->add_flag("--head", shown->with_head, "Also the header fields as they are kept, and never the body");
    command->footer(
        "Control characters of the head are shown as \\x1b. Of a message that is to be sealed, and of replies, the subject is\n"
        "not shown.\n\nExamples:\n  sealpost queue show 42\n  sealpost queue show 42 --head");
}

void add_changes(CLI::App& parent, Context& context)
{
    auto options = std::make_shared<Options>();
    auto* command = add(parent, context, "deliver", "Try now instead of at the next planned time", deliver, options);
    command->add_option("ID", options->ids, "The messages");
    command->add_option("--domain", options->domain, "All that wait for this domain")->check(refuse_no_mail_domain);
    command->add_flag("--all", options->all, "All that wait");
    command->footer(
        "An attempt that is made by hand counts like any other: do not have a timer make them.\n\n"
        "Examples:\n  sealpost queue deliver 42 43\n  sealpost queue deliver --domain partner.test");
}

constexpr Change hold{&Queue::hold, &Queue::hold_all, "waits", "held", nullptr, "queue.held"};
constexpr Change release{&Queue::release, &Queue::release_all, "is held", "released", nullptr, "queue.released"};
constexpr Change removal{&Queue::remove, &Queue::remove_all, "waits", "removed", "without a bounce to the sender",
                         "queue.removed"};
constexpr Change bouncing{&Queue::bounce, &Queue::bounce_all, "waits", "given up", "with a bounce to the sender",
                          "queue.bounced"};

// The options of a command that takes ids, or which messages to choose.
CLI::App* add_change(CLI::App& parent, Context& context, const std::string& name, const std::string& what, Work work,
                     const std::shared_ptr<Options>& options)
{
    auto* command = add(parent, context, name, what, work, options);
    command->add_option("ID", options->ids, "The messages");
    command->add_option("--sender", options->sender, "All from this envelope sender; @DOMAIN: from any at it; <>: bounces")
        ->check(refuse_no_sender);
    command->add_option("--domain", options->domain, "All recipients at this domain; others of the same message stay as they are")
        ->check(refuse_no_mail_domain);
    add_older_than(*command, *options);
    command->add_flag("--all", options->all, "Every message");
    return command;
}

// The same for what ends messages for ever.
CLI::App* add_ending(CLI::App& parent, Context& context, const std::string& name, const std::string& what, Work work)
{
    auto options = std::make_shared<Options>();
    auto* command = add_change(parent, context, name, what, work, options);
    command->add_flag("--held", options->held_only, "Only what is held");
    command->add_flag("--yes", options->is_sure, "Do it; without it, of what is not named by id only the number is told");
    return command;
}

void add_endings(CLI::App& parent, Context& context)
{
    const Work do_remove = [](Context& c, Queue& q, const Options& o) { return change(c, q, o, removal); };
    auto* command = add_ending(parent, context, "remove", "Drop messages for ever, without a bounce to the sender", do_remove);
    command->footer(
        "`queue list` with the same options lists what goes. An attempt that is under way may deliver it all the same: `track` "
        "tells.\n\nExamples:\n  sealpost queue remove 42 43\n"
        "  sealpost queue remove --sender mallory@acme.test\n"
        "  sealpost queue remove --sender mallory@acme.test --yes\n  sealpost queue remove --sender '<>' --held --yes");

    const Work do_bounce = [](Context& c, Queue& q, const Options& o) { return change(c, q, o, bouncing); };
    command = add_ending(parent, context, "bounce", "Give messages up for ever: their senders hear that they failed", do_bounce);
    command->footer(
        "`queue list` with the same options lists what goes. The bounce says 5.3.0, what hosts said last, and that an\n"
        "administrator gave the message up. Nobody is told of a bounce that is given up, nor who wants no report\n"
        "(NOTIFY=NEVER, send_bounces = false). Senders of spam are forged: for that there is `queue remove`. An attempt that\n"
        "is under way may deliver it all the same: `track` tells.\n\nExamples:\n  sealpost queue bounce 42\n"
        "  sealpost queue bounce --domain dead.test\n  sealpost queue bounce --domain dead.test --yes\n"
        "  sealpost queue bounce --domain dead.test --older-than 2d --yes");
}

void add_holding(CLI::App& parent, Context& context)
{
    const Work do_hold = [](Context& c, Queue& q, const Options& o) { return change(c, q, o, hold); };
    auto options = std::make_shared<Options>();
    auto* command = add_change(parent, context, "hold", "Keep messages until they are released", do_hold, options);
    command->footer(
        "What comes later is not held; an attempt that is under way goes on.\n\nExamples:\n  sealpost queue hold 42 43\n"
        "  sealpost queue hold --sender newsletter@acme.test\n"
        "  sealpost queue hold --domain partner.test --sender @acme.test");

    const Work do_release = [](Context& c, Queue& q, const Options& o) { return change(c, q, o, release); };
    options = std::make_shared<Options>();
    command = add_change(parent, context, "release", "Deliver held messages after all", do_release, options);
    command->footer(
        "Examples:\n  sealpost queue release 42 43\n  sealpost queue release --domain partner.test\n"
        "  sealpost queue release --all");
}

}  // namespace

void add_queue_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("queue", "Look at waiting messages, and hold, release, remove, bounce or deliver them");
    group->require_subcommand(1);
    group->footer("Works beside a running server, which notices within a second.\n\nExample:\n  sealpost queue list");
    add_looking(*group, context);
    add_changes(*group, context);
    add_holding(*group, context);
    add_endings(*group, context);
}

}  // namespace sealpost::cli
