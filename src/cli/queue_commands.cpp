// queue and track: works on the store beside a running server, which notices within a second.
#include "cli/context.hpp"
#include "cli/require_store.hpp"
#include "cli/service_store.hpp"
#include "cli/time_option.hpp"

#include "base/text.hpp"
#include "core/queue/queue.hpp"

#include <boost/json.hpp>

#include <iostream>

namespace sealpost::cli {
namespace {

namespace json = boost::json;
using queue::MessageId;
using queue::MessageView;
using queue::Queue;
using queue::RecipientView;

constexpr int most_listed = 10'000;
const std::string no_such_message = "no such message waits";

struct Options {
    std::vector<std::int64_t> ids;
    std::string domain;
    std::string sender;
    std::string id;  // of the queue, or the one that a 250 named
    std::string address;
    std::string since;
    std::string until;
    std::string text;
    std::int64_t after = 0;
    std::int64_t before = 0;
    int limit = 100;
    bool held_only = false;
    bool all = false;
};

Result<std::shared_ptr<Queue>> open_queue(const Context& context)
{
    SEALPOST_TRY(const auto config, config::load_config(context.config_path));
    SEALPOST_CHECK(require_store(config));
    SEALPOST_TRY(auto database, db::Database::open(config.store.url));
    queue::Settings settings;
    settings.hostname = config.node.hostname;
    return Queue::open_beside(std::move(database), system_clock(), log::Log::silent(), settings);
}

json::value to_json(const std::optional<WallTime>& time)
{
    if (!time) return nullptr;
    return json::string(format_rfc3339(*time));
}

// The facts are the Deliverer's JSON; what is none is shown as text.
json::value parse_facts(const std::string& facts)
{
    if (facts.empty()) return nullptr;
    boost::system::error_code code;
    auto value = json::parse(facts, code);
    if (code) return json::string(facts);
    return value;
}

json::object to_json(const RecipientView& recipient)
{
    return {{"index", recipient.index},
            {"address", recipient.address},
            {"state", queue::format_state(recipient.state)},
            {"enhanced_code", recipient.enhanced_code},
            {"text", recipient.text},
            {"remote_host", recipient.remote_host},
            {"facts", parse_facts(recipient.facts)},
            {"finished_at", to_json(recipient.finished_at)}};
}

json::object to_json(const MessageView& message)
{
    json::array recipients;
    for (const auto& recipient : message.recipients) recipients.push_back(to_json(recipient));
    return {{"id", message.id.value()},
            {"parent", message.parent == MessageId() ? json::value(nullptr) : json::value(message.parent.value())},
            {"lane", message.lane},
            {"sender", message.sender},
            {"size", message.size},
            {"accepted_at", format_rfc3339(message.accepted_at)},
            {"due_at", to_json(message.due_at)},
            {"attempts", message.attempts},
            {"facts", parse_facts(message.facts)},
            {"recipients", std::move(recipients)}};
}

// " TLSv1.3 TLS_AES_256_GCM_SHA384, proven (dane-ee), certificate ab12…", or nothing.
std::string describe_tls(const std::string& facts)
{
    const json::value value = parse_facts(facts);
    if (!value.is_object() || !value.get_object().contains("tls")) return {};
    const json::value& tls = value.at("tls");
    if (!tls.is_object()) return ", tls=none";
    const auto word = [&](const char* key) {
        const auto* found = tls.get_object().if_contains(key);
        return found && found->is_string() ? std::string(found->get_string()) : std::string();
    };
    const auto* verified = tls.get_object().if_contains("verified");
    const bool is_proven = verified && verified->is_bool() && verified->get_bool();
    const std::string proof = word("proof");
    return ", " + word("version") + " " + word("cipher") + (is_proven ? ", proven" : ", not proven") +
           (is_proven && !proof.empty() ? " (" + proof + ")" : "") + ", certificate " + word("fingerprint");
}

std::string describe(const RecipientView& recipient)
{
    std::string text = "    " + recipient.address + ": " + std::string(queue::format_state(recipient.state));
    if (recipient.finished_at) text += " at " + format_rfc3339(*recipient.finished_at);
    if (!recipient.remote_host.empty()) text += ", " + recipient.remote_host;
    if (!recipient.text.empty()) text += " said: " + recipient.enhanced_code + " " + recipient.text;
    text += describe_tls(recipient.facts);
    return text + "\n";
}

std::string describe(const MessageView& message)
{
    const std::string sender = message.sender.empty() ? "<>" : message.sender;
    std::string text = std::to_string(message.id.value()) + "  " + sender + "  " + std::to_string(message.size) +
                       " octets  lane " + message.lane + "  accepted " + format_rfc3339(message.accepted_at) + "  attempts " +
                       std::to_string(message.attempts);
    if (message.due_at) text += "  next " + format_rfc3339(*message.due_at);
    if (message.parent != MessageId()) text += "  from message " + std::to_string(message.parent.value());
    text += "\n";
    for (const auto& recipient : message.recipients) text += describe(recipient);
    return text;
}

// `by`: the option that goes on where this list ends; one message more than asked for tells whether there are more.
void answer_list(Context& context, std::vector<MessageView> messages, int limit, const std::string& by)
{
    json::value next;
    if (messages.size() > static_cast<std::size_t>(limit)) {
        messages.pop_back();
        next = messages.back().id.value();
    }
    json::array list;
    std::string text;
    for (const auto& message : messages) {
        list.push_back(to_json(message));
        text += describe(message);
    }
    if (messages.empty()) text = "nothing found";
    context.answer(json::object{{"messages", std::move(list)}, {"next_" + by, next}}, text);
    if (!context.json && !next.is_null())
        std::cerr << "sealpost: there are more: --" << by << ' ' << next.as_int64() << " lists them\n";
}

Result<> list(Context& context, Queue& queue, const Options& options)
{
    queue::ListFilter filter;
    filter.domain = options.domain;
    filter.sender = options.sender;
    filter.held_only = options.held_only;
    filter.after = MessageId(options.after);
    filter.most = options.limit + 1;
    SEALPOST_TRY(auto messages, wait_for(queue.list(filter)));
    answer_list(context, std::move(messages), options.limit, "after");
    return {};
}

struct Told {
    json::object object;
    std::string text;
};

// A message with what became of it; its replacements and bounces are named.
Result<Told> tell(Queue& queue, const MessageView& message)
{
    SEALPOST_TRY(const auto children, wait_for(queue.find_children(message.id)));
    Told told{to_json(message), describe(message)};
    json::array list;
    for (const auto child : children) {
        list.push_back(child.value());
        told.text += "    led to message " + std::to_string(child.value()) + "\n";
    }
    told.object["children"] = std::move(list);
    return told;
}

Result<> show_one(Context& context, Queue& queue, std::int64_t number)
{
    SEALPOST_TRY(const auto message, wait_for(queue.track(MessageId(number))));
    if (!message) return Error{Fault::denied, "there is no message " + std::to_string(number)};
    SEALPOST_TRY(const auto told, tell(queue, *message));
    context.answer(told.object, told.text);
    return {};
}

Result<> show(Context& context, Queue& queue, const Options& options) { return show_one(context, queue, options.ids.front()); }

// All that one accepted message became in the queue.
Result<> show_intake(Context& context, Queue& queue, const Options& options)
{
    queue::HistoryFilter filter;
    filter.intake = options.id;
    filter.with_waiting = true;
    filter.most = most_listed;
    SEALPOST_TRY(auto messages, wait_for(queue.find_history(std::move(filter))));
    if (messages.empty()) return Error{Fault::denied, "there is no message " + options.id};
    json::array list;
    std::string text;
    for (const auto& message : messages) {
        SEALPOST_TRY(auto told, tell(queue, message));
        list.push_back(std::move(told.object));
        text += told.text;
    }
    context.answer(json::object{{"messages", std::move(list)}}, text);
    return {};
}

Result<> track(Context& context, Queue& queue, const Options& options)
{
    if (const auto number = parse_decimal(options.id)) return show_one(context, queue, static_cast<std::int64_t>(*number));
    if (!options.id.empty()) return show_intake(context, queue, options);
    queue::HistoryFilter filter;
    filter.address = options.address;
    filter.before = MessageId(options.before);
    filter.most = options.limit + 1;
    filter.text = options.text;
    filter.with_waiting = true;
    SEALPOST_TRY(filter.since, read_time("--since", options.since));
    SEALPOST_TRY(filter.until, read_time("--until", options.until));
    SEALPOST_TRY(auto messages, wait_for(queue.find_history(std::move(filter))));
    if (messages.empty()) context.exit = Exit::no;
    answer_list(context, std::move(messages), options.limit, "before");
    return {};
}

using Change = Task<Result<bool>> (Queue::*)(MessageId);

Result<> change(Context& context, Queue& queue, const Options& options, Change operation, const std::string& done)
{
    json::array changed;
    json::array unknown;
    std::string text;
    for (const auto id : options.ids) {
        SEALPOST_TRY(const bool is_known, wait_for((queue.*operation)(MessageId(id))));
        (is_known ? changed : unknown).push_back(id);
        text += std::to_string(id) + ": " + (is_known ? done : no_such_message) + "\n";
        if (!is_known) context.exit = Exit::no;
    }
    context.answer(json::object{{"changed", std::move(changed)}, {"not_found", std::move(unknown)}}, text);
    return {};
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
                           : no_such_message) +
                "\n";
        if (!is_due) context.exit = Exit::no;
    }
    context.answer(json::object{{"changed", std::move(changed)}, {"held", std::move(held)}, {"not_found", std::move(unknown)}},
                   text);
    return {};
}

Result<> deliver(Context& context, Queue& queue, const Options& options)
{
    if (!options.ids.empty()) return deliver_these(context, queue, options);
    if (!options.all && options.domain.empty()) return Error{Fault::config, "name message ids, --domain or --all"};
    SEALPOST_TRY(const int count, wait_for(queue.deliver_all_now(options.all ? std::string() : options.domain)));
    context.answer(json::object{{"changed", count}}, std::to_string(count) + " messages are due now");
    return {};
}

using Work = Result<> (*)(Context&, Queue&, const Options&);

void run(Context& context, const Options& options, Work work)
{
    auto queue = open_queue(context);
    if (queue.has_error()) return context.fail(queue.error());
    auto done = work(context, **queue, options);
    if (done.has_error()) context.fail(done.error());
}

// The options live as long as the command that they belong to.
CLI::App* add(CLI::App& parent, Context& context, const std::string& name, const std::string& what, Work work,
              std::shared_ptr<Options> options)
{
    auto* command = parent.add_subcommand(name, what);
    command->callback([&context, options, work] { run(context, *options, work); });
    return command;
}

void add_looking(CLI::App& parent, Context& context)
{
    auto options = std::make_shared<Options>();
    auto* command = add(parent, context, "list", "Messages that wait, with what their last attempt said", list, options);
    command->add_option("--domain", options->domain, "Only with a recipient at this domain");
    command->add_option("--sender", options->sender, "Only from this envelope sender");
    command->add_flag("--held", options->held_only, "Only what is held");
    command->add_option("--after", options->after, "Only ids above this one: the next page");
    command->add_option("--limit", options->limit, "At most so many")->check(CLI::Range(1, most_listed))->capture_default_str();
    command->footer("Examples:\n  sealpost queue list --held\n  sealpost --format json queue list --domain partner.test");

    auto shown = std::make_shared<Options>();
    command = add(parent, context, "show", "One message and what became of its recipients so far", show, shown);
    command->add_option("ID", shown->ids, "The message")->required()->expected(1);
    command->footer("Example:\n  sealpost queue show 42");
}

void add_changes(CLI::App& parent, Context& context)
{
    auto options = std::make_shared<Options>();
    auto* command = add(parent, context, "deliver", "Try now instead of at the next planned time", deliver, options);
    command->add_option("ID", options->ids, "The messages");
    command->add_option("--domain", options->domain, "All that wait for this domain");
    command->add_flag("--all", options->all, "All that wait");
    command->footer("Examples:\n  sealpost queue deliver 42 43\n  sealpost queue deliver --domain partner.test");

    struct Simple {
        const char* name;
        const char* what;
        Work work;
    };
    const Work hold = [](Context& c, Queue& q, const Options& o) { return change(c, q, o, &Queue::hold, "held"); };
    const Work release = [](Context& c, Queue& q, const Options& o) { return change(c, q, o, &Queue::release, "released"); };
    const Work remove = [](Context& c, Queue& q, const Options& o) { return change(c, q, o, &Queue::remove, "removed"); };
    for (const auto& [name, what, work] : {Simple{"hold", "Keep messages until they are released", hold},
                                           Simple{"release", "Deliver held messages after all", release},
                                           Simple{"remove", "Drop messages for ever, without a bounce to the sender", remove}}) {
        auto own = std::make_shared<Options>();
        command = add(parent, context, name, what, work, own);
        command->add_option("ID", own->ids, "The messages")->required();
        command->footer("Example:\n  sealpost queue " + std::string(name) + " 42 43");
    }
}

void add_tracking(CLI::App& app, Context& context)
{
    auto options = std::make_shared<Options>();
    auto* command =
        add(app, context, "track",
            "What became of messages, also of those that wait: by id, address, time or what was said, or the most recent", track,
            options);
    command->add_option("ID", options->id, "The message: its number in the queue, or the id that our reply to its sender named");
    command->add_option("--address", options->address, "Sender or recipient");
    command->add_option("--since", options->since, "Accepted at or after this time (RFC 3339, or a day; UTC)");
    command->add_option("--until", options->until, "Accepted before this time");
    command->add_option("--text", options->text, "With this in what the other host said, or in its name");
    command->add_option("--limit", options->limit, "At most so many")->check(CLI::Range(1, most_listed))->capture_default_str();
    command->add_option("--before", options->before, "Only ids below this one: the next page")->check(CLI::NonNegativeNumber);
    command->footer(
        "Finished messages are known for 30 days. A message of which our reply said \"Accepted as ID\" may be several in the\n"
        "queue, one for each destination domain.\n\nExamples:\n  sealpost track 42\n"
        "  sealpost track public-1764234000-17.1\n"
        "  sealpost track --address bob@partner.test --since 2026-11-22 --until 2026-11-23T12:00:00Z");
}

}  // namespace

void add_queue_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("queue", "Look at waiting messages, and hold, release, remove or deliver them");
    group->require_subcommand(1);
    group->footer("Works beside a running server, which notices within a second.\n\nExample:\n  sealpost queue list");
    add_looking(*group, context);
    add_changes(*group, context);
    add_tracking(app, context);
}

}  // namespace sealpost::cli
