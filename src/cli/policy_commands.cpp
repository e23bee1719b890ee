#include "cli/answering.hpp"
#include "cli/context.hpp"
#include "cli/explanation.hpp"
#include "cli/policy_access.hpp"
#include "cli/policy_advice.hpp"
#include "cli/policy_rows.hpp"
#include "cli/policy_staging.hpp"
#include "cli/service_store.hpp"
#include "cli/stream_file.hpp"
#include "core/revisions/policy_editor.hpp"
#include "wire/mail/visible_text.hpp"

#include <iostream>
#include <optional>

namespace sealpost::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t max_document_bytes = 16 * 1024 * 1024;

struct PolicyOptions : Staging {
    bool pending = false;
    bool dry_run = false;
    std::string file, comment, preset, listener, key;
    std::int64_t version = 0;
    std::optional<std::int64_t> base, of, from, to;
};

Result<std::string> read_document(const std::string& file)
{
    SEALPOST_TRY(auto opened, StreamFile::open(file));
    std::string text;
    while (true) {
        SEALPOST_TRY(const std::string piece, opened.read());
        if (piece.empty()) return text;
        text += piece;
        if (text.size() > max_document_bytes) return Error{Fault::config, file + ": larger than 16 MiB"};
    }
}

json::object to_json(const revisions::CommitInfo& info)
{
    return {{"version", info.version}, {"time", format_rfc3339(info.time)}, {"author", info.author}, {"comment", info.comment}};
}

std::string format_commit(const revisions::CommitInfo& info)
{
    return std::to_string(info.version) + "  " + format_rfc3339(info.time) + "  " + mail::show_line(info.author) + "  " +
           mail::show_line(info.comment) + '\n';
}

template <class Command>
void with_policy(Context& context, Command command)
{
    with_access(context, [&](PolicyAccess& access) { return command(access.store()); });
}

// What a node begins with can be looked at, and added to, before there is one.
Result<bool> export_beginning(Context& context)
{
    SEALPOST_TRY(const auto config, config::load_config(context.config_path));
    SEALPOST_TRY(const bool is_there, has_store(config));
    if (is_there) return false;
    std::cerr << "sealpost: there is no store yet at " << config.store.file.string()
              << ": this is the policy that the node begins with\n";
    const auto text = policy::default_document(policy::list_listeners(config));
    context.answer(json::object{{"version", 1}, {"document", text}}, text);
    return true;
}

Result<> export_version(Context& context, revisions::PolicyStore& store, std::int64_t version)
{
    SEALPOST_TRY(const auto text, store.export_version(version));
    context.answer(json::object{{"version", version}, {"document", text}}, text);
    return {};
}

Result<> export_policy(Context& context, const PolicyOptions& options)
{
    if (!options.pending && !options.of) {
        SEALPOST_TRY(const bool is_told, export_beginning(context));
        if (is_told) return {};
    }
    SEALPOST_TRY(const auto access, PolicyAccess::open(context.config_path));
    if (options.of) return export_version(context, access->store(), *options.of);
    SEALPOST_TRY(const auto text, access->store().export_text(options.pending));
    context.answer(json::object{{"version", access->store().current()->version()}, {"document", text}}, text);
    return {};
}

Result<> submit(Context& context, PolicyAccess& access, const PolicyOptions& options)
{
    SEALPOST_TRY(auto text, read_document(options.file));
    SEALPOST_TRY(auto result, access.store().submit(std::move(text), options.file, author_of(options),
                                                    {options.base, revisions::parse_edition(options.edition)}));
    return answer_staged(context, access, std::move(result), options);
}

Result<> preset(Context& context, PolicyAccess& access, const PolicyOptions& options)
{
    SEALPOST_TRY(auto result, access.store().submit_preset(options.preset, options.listener, author_of(options),
                                                           revisions::parse_edition(options.edition)));
    return answer_staged(context, access, std::move(result), options);
}

Result<> import_hat(Context& context, PolicyAccess& access, const PolicyOptions& options)
{
    SEALPOST_TRY(const auto text, read_document(options.file));
    SEALPOST_TRY(auto result, access.store().submit_hat(text, options.file, options.listener, author_of(options),
                                                        revisions::parse_edition(options.edition)));
    return answer_staged(context, access, std::move(result), options);
}

// As the pages compare them: row by row in JSON, and as text.
Result<json::object> compare(PolicyAccess& access, std::int64_t from, std::optional<std::int64_t> to)
{
    const auto editor = std::make_shared<revisions::PolicyEditor>(access.shared_store());
    return wait_for(editor->compare(from, to));
}

Result<> diff_versions(Context& context, PolicyAccess& access, const PolicyOptions& options)
{
    SEALPOST_TRY(auto object, compare(access, *options.from, options.to));
    const std::string text(object.at("difference").as_string());
    object["from"] = *options.from;
    object["to"] = options.to.value_or(access.store().current()->version());
    context.answer(object, text.empty() ? "nothing differs\n" : text);
    return {};
}

Result<> diff(Context& context, PolicyAccess& access, const PolicyOptions& options)
{
    if (options.from) return diff_versions(context, access, options);
    auto& store = access.store();
    SEALPOST_TRY(const auto standing, store.standing());  // first: a later one is refused by a commit of this
    SEALPOST_TRY(const auto text, store.diff());
    context.answer(json::object{{"pending", !text.empty()}, {"edition", format_edition(standing.edition)}, {"difference", text}},
                   text.empty() ? "nothing is staged\n" : text);
    return {};
}

Result<> status(Context& context, revisions::PolicyStore& store)
{
    SEALPOST_TRY(const auto standing, store.standing());
    const bool pending = standing.edition.revision != 0;
    json::value staged;
    std::string text = "edition " + format_edition(standing.edition) + "\nlive:    " + format_commit(standing.live);
    if (pending) {
        staged = json::object{{"author", standing.staged_by}, {"time", format_rfc3339(standing.staged_at)}};
        text += "staged:  by " + mail::show_line(standing.staged_by) + ", " + format_rfc3339(standing.staged_at) +
                "; policy diff shows it\n";
    } else {
        text += "staged:  nothing\n";
    }
    context.answer(
        json::object{{"edition", format_edition(standing.edition)}, {"live", to_json(standing.live)}, {"pending", staged}}, text);
    return {};
}

Result<> commit(Context& context, PolicyAccess& access, const PolicyOptions& options)
{
    SEALPOST_TRY(const auto info,
                 access.store().commit(author_of(options), options.comment, revisions::parse_edition(options.edition)));
    SEALPOST_CHECK(access.note_live("policy.committed", info));
    context.answer(to_json(info), "committed as version " + std::to_string(info.version) + '\n');
    return {};
}

Result<> discard(Context& context, revisions::PolicyStore& store, const PolicyOptions& options)
{
    SEALPOST_TRY(const bool discarded, store.discard(revisions::parse_edition(options.edition)));
    context.answer(json::object{{"discarded", discarded}}, discarded ? "discarded\n" : "nothing was staged\n");
    if (!discarded) context.exit = Exit::no;
    return {};
}

Result<> history(Context& context, revisions::PolicyStore& store)
{
    SEALPOST_TRY(const auto commits, store.history());
    const auto make_line = [](const revisions::CommitInfo& info) { return Line{to_json(info), format_commit(info)}; };
    answer_list(context, "commits", commits, make_line, "");
    return {};
}

// What is live against the version, and whether it could be live here.
Result<> tell_rollback(Context& context, PolicyAccess& access, const PolicyOptions& options)
{
    SEALPOST_TRY(const auto standing, access.store().standing());
    SEALPOST_CHECK(revisions::check_edition(standing.edition, revisions::parse_edition(options.edition)));
    const auto live = access.store().current()->version();
    SEALPOST_TRY(auto object, compare(access, live, options.version));
    SEALPOST_CHECK(access.store().check_version(options.version));
    const std::string text(object.at("difference").as_string());
    object["from"] = live;
    object["to"] = options.version;
    context.answer(object, text.empty() ? "nothing would change\n" : text);
    return {};
}

Result<> rollback(Context& context, PolicyAccess& access, const PolicyOptions& options)
{
    if (options.dry_run) return tell_rollback(context, access, options);
    SEALPOST_TRY(const auto info,
                 access.store().rollback(options.version, author_of(options), revisions::parse_edition(options.edition)));
    SEALPOST_CHECK(access.note_live("policy.rolled_back", info));
    context.answer(to_json(info), "version " + std::to_string(options.version) + " is current again, as version " +
                                      std::to_string(info.version) + '\n');
    return {};
}

void add_editing(CLI::App& group, Context& context, const std::shared_ptr<PolicyOptions>& options)
{
    auto* submit_command = group.add_subcommand("submit", "Check a whole document and stage it");
    submit_command->add_option("FILE", options->file, "the document; - is standard input")->required();
    auto* base = submit_command->add_option("--base", options->base,
                                            "the version that the change began from; refused when another is current");
    add_staging_options(*submit_command, *options)->excludes(base);
    submit_command->footer(
        "What somebody else has staged is not replaced, unless --edition names it: it is shown, and `policy discard` drops it. "
        "An "
        "empty file is refused.\n\n"
        "Examples:\n  sealpost policy export > policy.toml && vi policy.toml && sealpost policy submit policy.toml\n"
        "  sealpost policy submit policy.toml --edition 7.0");
    submit_command->callback([&context, options] {
        with_access(
            context, [&](auto& access) { return submit(context, access, *options); }, Missing::made);
    });

    auto* preset_command = group.add_subcommand("preset", "Stage the sender group and policy of a known envelope service");
    preset_command->add_option("NAME", options->preset, "cisco-res")->required();
    preset_command->add_option("--listener", options->listener, "default: the first public listener");
    add_staging_options(*preset_command, *options);
    preset_command->footer(
        "Examples:\n  sealpost policy preset cisco-res && sealpost policy diff\n  sealpost policy preset cisco-res --edition "
        "7.0");
    preset_command->callback([&context, options] {
        with_access(
            context, [&](auto& access) { return preset(context, access, *options); }, Missing::made);
    });

    auto* hat_command = group.add_subcommand("import-hat", "Stage the host access table that a reference gateway exported");
    hat_command->add_option("FILE", options->file, "the exported text; - is standard input")->required();
    hat_command->add_option("--listener", options->listener, "whose groups it replaces; default: the first public listener");
    add_staging_options(*hat_command, *options);
    hat_command->footer(
        "Takes $POLICY blocks, GROUP: members and single hosts; what this gateway has not is left out and told.\nExample:\n"
        "  sealpost policy import-hat HAT_TABLE --listener public && sealpost policy diff");
    hat_command->callback([&context, options] {
        with_access(
            context, [&](auto& access) { return import_hat(context, access, *options); }, Missing::made);
    });
}

void add_committing(CLI::App& group, Context& context, const std::shared_ptr<PolicyOptions>& options)
{
    auto* commit_command = group.add_subcommand("commit", "Make the staged document live");
    commit_command->add_option("-m,--message", options->comment, "why")->required();
    add_author(*commit_command, options->author);
    add_edition(*commit_command, options->edition);
    commit_command->footer(
        "Running servers take it over within a second; open connections keep the policy they began with.\nExamples:\n  sealpost "
        "policy commit -m \"TLS for partner.example\"\n  sealpost policy commit -m \"as previewed\" --edition 7.1793000000000");
    commit_command->callback(
        [&context, options] { with_access(context, [&](auto& access) { return commit(context, access, *options); }); });

    auto* rollback_command = group.add_subcommand("rollback", "Make an earlier version current again");
    rollback_command->add_option("N", options->version, "the version, as policy history lists it")->required();
    add_author(*rollback_command, options->author);
    rollback_command->add_flag("--dry-run", options->dry_run, "change nothing: show what it would change");
    add_edition(*rollback_command, options->edition);
    rollback_command->footer(
        "Examples:\n  sealpost policy rollback 3 --dry-run\n  sealpost policy rollback 3\n  sealpost policy rollback 3 --edition "
        "7.0");
    rollback_command->callback(
        [&context, options] { with_access(context, [&](auto& access) { return rollback(context, access, *options); }); });
}

void add_reading(CLI::App& group, Context& context, const std::shared_ptr<PolicyOptions>& options)
{
    auto* export_command = group.add_subcommand("export", "Print the current document");
    auto* pending = export_command->add_flag("--pending", options->pending, "the staged one, if there is one");
    export_command->add_option("--of", options->of, "the one of this version, as policy history lists it")
        ->type_name("N")
        ->check(CLI::PositiveNumber)
        ->excludes(pending);
    export_command->footer(
        "Where there is no store yet: what the node would begin with.\n\n"
        "Examples:\n  sealpost policy export > policy.toml\n  sealpost policy export --of 3");
    export_command->callback(answering(context, export_policy, options));

    auto* diff_command = group.add_subcommand("diff", "Show what the staged document changes, or what differs between versions");
    diff_command->add_option("N", options->from, "from this version; without it, what is staged against what is current")
        ->check(CLI::PositiveNumber);
    diff_command->add_option("M", options->to, "to this one; default: the current one")->check(CLI::PositiveNumber);
    diff_command->footer("Examples:\n  sealpost policy diff\n  sealpost policy diff 3\n  sealpost policy diff 3 4");
    diff_command->callback(
        [&context, options] { with_access(context, [&](auto& access) { return diff(context, access, *options); }); });

    auto* discard_command = group.add_subcommand("discard", "Forget the staged document");
    add_edition(*discard_command, options->edition);
    discard_command->footer("Examples:\n  sealpost policy discard\n  sealpost policy discard --edition 7.1793000000000");
    discard_command->callback(
        [&context, options] { with_policy(context, [&](auto& store) { return discard(context, store, *options); }); });

    auto* status_command = group.add_subcommand("status", "Say which version is live, who staged what, and the edition of both");
    status_command->footer(
        "The edition names exactly what is there: give it to a command that changes the policy, or to preview, and it refuses "
        "when somebody else was faster.\n\nExample:\n  sealpost policy status");
    status_command->callback([&context] { with_policy(context, [&](auto& store) { return status(context, store); }); });

    auto* history_command = group.add_subcommand("history", "List every commit, newest first");
    history_command->footer("Example:\n  sealpost policy history");
    history_command->callback([&context] { with_policy(context, [&](auto& store) { return history(context, store); }); });

    auto* explain_command =
        group.add_subcommand("explain", "Say what a key of the document means, with its type, default and range");
    explain_command->add_option("KEY", options->key, "a table, or table.key; without it, everything");
    explain_command->footer("Examples:\n  sealpost policy explain mail_flow_policy.tls\n  sealpost policy explain | less");
    explain_command->callback([&context, options] {
        answer_explanation(context, options->key, {policy::explain_key(options->key), policy::find_similar_keys(options->key)});
    });
}

}  // namespace

void add_policy_commands(CLI::App& app, Context& context)
{
    auto* group = app.add_subcommand("policy", "What is decided: host access table, policies, recipients, routes, encryption");
    group->require_subcommand(1);
    group->footer(
        "Submit stages, and so do add, change, remove and move, which change single rows; commit makes live. Example:\n"
        "  sealpost policy export > p.toml && vi p.toml && sealpost policy submit p.toml; sealpost policy diff; sealpost policy "
        "commit -m \"why\"");
    const auto options = std::make_shared<PolicyOptions>();
    add_reading(*group, context, options);
    add_editing(*group, context, options);
    add_policy_row_commands(*group, context);
    add_committing(*group, context, options);
    add_policy_advice_commands(*group, context);
}

}  // namespace sealpost::cli
