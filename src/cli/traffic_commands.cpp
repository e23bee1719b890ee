// traffic: what came in lately, from facts in the store, beside a running server or without one.
#include "cli/answering.hpp"
#include "cli/option_checks.hpp"
#include "cli/own_config.hpp"
#include "cli/own_store.hpp"
#include "cli/policy_access.hpp"
#include "cli/service_store.hpp"
#include "cli/time_option.hpp"
#include "core/traffic/summary.hpp"
#include "core/traffic/traffic.hpp"

namespace sealpost::cli {
namespace {

constexpr int most_rows = 10'000;
constexpr std::size_t most_facts = 1'000'000;  // what [traffic] keep may be

struct Options {
    std::string by = "host";
    std::string listener;
    std::string since;
    std::string only;
    int limit = 20;
};

struct Source {
    config::NodeConfig config;
    std::shared_ptr<db::Database> database;
    std::shared_ptr<const policy::Snapshot> policy;  // for sender groups only
};

Result<Source> open_source(const Context& context, traffic::Subject by)
{
    if (by == traffic::Subject::group) {
        SEALPOST_TRY(const auto access, PolicyAccess::open(context.config_path));
        return Source{access->config(), access->database(), access->store().current()};
    }
    SEALPOST_TRY(auto config, config::load_config(context.config_path));
    SEALPOST_TRY(auto database, open_store(config, Missing::refused));
    return Source{std::move(config), std::move(database), nullptr};
}

Result<traffic::Question> read_question(const Options& options)
{
    traffic::Question question;
    question.by = traffic::parse_subject(options.by).value();  // one of those that the option takes
    question.listener = options.listener;
    SEALPOST_TRY(question.since, read_past_time("--since", options.since, system_clock().now()));
    question.only = traffic::parse_concern(options.only);
    question.limit = static_cast<std::size_t>(options.limit);
    return question;
}

Result<traffic::Summary> sum_up(const Source& source, traffic::Question question)
{
    SEALPOST_TRY(const auto traffic, traffic::Traffic::open(source.database, log::Log::silent()));
    traffic::SummaryTally tally(std::move(question), source.policy.get());
    const traffic::Visitor visitor{[&tally](const traffic::ConnectionRecord& record) { tally.add(record); },
                                   [&tally](const traffic::MessageRecord& record) { tally.add(record); }};
    SEALPOST_CHECK(traffic->visit_now(most_facts, visitor));
    return tally.sum();
}

Result<> summarize(Context& context, const Options& options)
{
    SEALPOST_TRY(auto question, read_question(options));
    SEALPOST_TRY(const auto source, open_source(context, question.by));
    SEALPOST_TRY(const auto summary, sum_up(source, std::move(question)));
    // Facts may be of a listener that has another name by now, or of another node with the same store.
    if (!options.listener.empty() && !summary.knows_listener) SEALPOST_CHECK(check_listener(options.listener, source.config));
    const std::size_t keep = source.config.traffic.keep;
    context.answer(traffic::to_json(summary, keep), traffic::format_summary(summary, keep));
    return {};
}

constexpr const char* summary_footer =
    "It knows the facts of the last connections and messages that a gateway keeps without their content ([traffic] keep), and\n"
    "says how many these are, and how old the oldest is. A host has its verified name, or its address; a network is a /24, of\n"
    "IPv6 a /64; a group is where the live policy puts the host, whatever it was then. sender-domain is of the envelope,\n"
    "author-domain of From, as DMARC found it. Failed are fail, softfail and permerror.\n\n"
    "Examples:\n"
    "  sealpost traffic summary --since 24h\n"
    "  sealpost traffic summary --only no-tls --listener public\n"
    "  sealpost traffic summary --by group\n"
    "  sealpost traffic summary --by author-domain --only dmarc-failed\n"
    "  sealpost --format json traffic summary --by network --only refused --since 2026-11-22 --limit 100";

void add_summary(CLI::App& group, Context& context)
{
    auto options = std::make_shared<Options>();
    auto* command = group.add_subcommand("summary", "Who sends how much, over TLS or not, and what is refused or fails");
    command->add_option("--by", options->by, "What a row stands for")
        ->check(CLI::IsMember(traffic::list_subjects()))
        ->capture_default_str();
    command->add_option("--listener", options->listener, "Only what came to this listener")->check(refuse_nothing);
    command
        ->add_option("--since", options->since,
                     "Only what came at or after this time (RFC 3339, a day, or how long ago: 24h; UTC)")
        ->check(refuse_nothing);
    command
        ->add_option("--only", options->only, "Only rows with messages of this kind (refused: connections, too), the most first")
        ->check(CLI::IsMember(traffic::list_concerns()));
    command->add_option("--limit", options->limit, "At most so many rows")
        ->check(CLI::Range(1, most_rows))
        ->capture_default_str();
    command->footer(summary_footer);
    command->callback(answering(context, summarize, options));
}

}  // namespace

void add_traffic_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("traffic", "Which hosts, networks and domains sent what lately, and how it ended");
    group->require_subcommand(1);
    group->footer("Works beside a running server, or without one.\n\nExample:\n  sealpost traffic summary --only no-tls");
    add_summary(*group, context);
}

}  // namespace sealpost::cli
