// track: what became of messages, from the store beside a running server.
#include "cli/answering.hpp"
#include "cli/option_checks.hpp"
#include "cli/queue_views.hpp"
#include "cli/service_store.hpp"
#include "cli/time_option.hpp"

#include "base/text.hpp"

namespace sealpost::cli {
namespace {

namespace json = boost::json;
using queue::MessageId;
using queue::Queue;

struct Options {
    std::string id;  // of the queue, or the one that a 250 named
    std::string message_id;
    std::string address;
    std::string since;
    std::string until;
    std::string text;
    std::int64_t before = 0;
    int limit = 100;
};

// All that one accepted message became in the queue.
Result<> show_intake(Context& context, Queue& queue, const Options& options)
{
    queue::HistoryFilter filter;
    filter.intake = options.id;
    filter.with_waiting = true;
    filter.most = most_listed;
    SEALPOST_TRY(auto messages, wait_for(queue.find_history(std::move(filter))));
    const bool is_address = options.id.find('@') != std::string::npos;  // or a Message-ID; ids of ours have none
    if (messages.empty() && is_address)
        return Error{Fault::config, options.id + " is no id: use --address " + options.id + ", or --message-id"};
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
    filter.message_id = options.message_id;
    filter.address = options.address;
    filter.before = MessageId(options.before);
    filter.most = options.limit + 1;
    filter.text = options.text;
    filter.with_waiting = true;
    const auto now = system_clock().now();
    SEALPOST_TRY(filter.since, read_past_time("--since", options.since, now));
    SEALPOST_TRY(filter.until, read_past_time("--until", options.until, now));
    SEALPOST_TRY(auto messages, wait_for(queue.find_history(std::move(filter))));
    if (messages.empty()) context.exit = Exit::no;
    answer_list(context, std::move(messages), options.limit, "before");
    return {};
}

Result<> run(Context& context, const Options& options)
{
    SEALPOST_TRY(const auto queue, open_queue(context));
    return track(context, *queue, options);
}

}  // namespace

void add_track_commands(CLI::App& app, Context& context)
{
    auto options = std::make_shared<Options>();
    auto* command = app.add_subcommand("track",
                                       "What became of messages, also of those that wait: by id, Message-ID, address, time or "
                                       "what was said, or the most recent");
    command->callback(answering(context, run, options));
    auto* id = command->add_option("ID", options->id,
                                   "The message: its number in the queue, or the id that our reply to its sender named");
    const std::vector<CLI::Option*> filters{
        command->add_option("--message-id", options->message_id, "With this Message-ID; with or without its angle brackets"),
        command->add_option("--address", options->address, "Sender or recipient"),
        command->add_option("--since", options->since,
                            "Accepted at or after this time (RFC 3339, a day, or how long ago: 24h; UTC)"),
        command->add_option("--until", options->until, "Accepted before this time"),
        command->add_option("--text", options->text, "With this in what the other host said, or in its name")};
    for (auto* filter : filters) filter->check(refuse_nothing)->excludes(id);
    command->add_option("--limit", options->limit, "At most so many")->check(CLI::Range(1, most_listed))->capture_default_str();
    command->add_option("--before", options->before, "Only ids below this one: the next page")->check(CLI::NonNegativeNumber);
    command->footer(
        "Finished messages are known for 30 days. A message of which our reply said \"Accepted as ID\" may be several in the\n"
        "queue, one for each destination domain.\n\nExamples:\n  sealpost track 42\n"
        "  sealpost track public-1764234000-17.1\n"
        "  sealpost track --message-id '<20261122.7@acme.test>'\n"
        "  sealpost track --address bob@partner.test --since 2026-11-22 --until 2026-11-23T12:00:00Z");
}

}  // namespace sealpost::cli
