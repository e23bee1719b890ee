#include "cli/policy_rows.hpp"

#include "base/text.hpp"
#include "cli/policy_staging.hpp"
#include "core/policy/document_keys.hpp"
#include "core/revisions/row_words.hpp"

#include <memory>

namespace sealpost::cli {
namespace {

using revisions::Edit;
using revisions::PolicyText;

struct RowOptions : Staging {
    std::string table, which, before;
    std::vector<std::string> settings, left_out;
    std::int64_t to = 0;
};

struct SenderOptions : Staging {
    std::string listener, group;
    std::vector<std::string> senders;
};

// TABLE is one of them: checked with the command line.
const config::Section& section_of(const RowOptions& options) { return *revisions::find_section(options.table); }

Result<Edit> begin_edit(Edit::Kind kind, const PolicyText& text, const RowOptions& options)
{
    Edit edit;
    edit.kind = kind;
    edit.section = options.table;
    SEALPOST_TRY(edit.row, revisions::find_row_id(text, section_of(options), options.which));
    return edit;
}

Result<Edit> make_addition(const PolicyText& text, const RowOptions& options)
{
    Edit edit;
    edit.section = options.table;
    SEALPOST_TRY(edit.values, revisions::parse_assignments(section_of(options), options.settings));
    if (options.before.empty()) return edit;
    SEALPOST_TRY(edit.before, revisions::find_row_behind(text, section_of(options), edit.values, options.before));
    return edit;
}

Result<Edit> make_change(const PolicyText& text, const RowOptions& options)
{
    const auto& section = section_of(options);
    SEALPOST_TRY(auto values, revisions::parse_assignments(section, options.settings));
    if (values.empty() && options.left_out.empty())
        return Error{Fault::config, "nothing to change: name a KEY=VALUE, or a key --without which the row is to be"};
    return revisions::change_row(text, section, options.which, std::move(values), options.left_out);
}

Result<Edit> make_removal(const PolicyText& text, const RowOptions& options)
{
    return begin_edit(Edit::Kind::remove, text, options);
}

Result<Edit> make_move(const PolicyText& text, const RowOptions& options)
{
    SEALPOST_TRY(auto edit, begin_edit(Edit::Kind::move, text, options));
    edit.to = options.to;
    return edit;
}

Result<Edit> begin_senders(Edit::Kind kind, const PolicyText& text, const SenderOptions& options)
{
    Edit edit;
    edit.kind = kind;
    edit.section = "sender_group";
    const auto which = options.listener.empty() ? options.group : options.listener + '/' + options.group;
    SEALPOST_TRY(edit.row, revisions::find_row_id(text, *revisions::find_section(edit.section), which));
    return edit;
}

Result<Edit> make_senders(const PolicyText& text, const SenderOptions& options)
{
    SEALPOST_TRY(auto edit, begin_senders(Edit::Kind::add_senders, text, options));
    edit.text = join(options.senders, "\n");
    if (revisions::check_senders(edit.text, nullptr).empty()) return Error{Fault::config, "no sender to add"};
    return edit;
}

Result<Edit> leave_senders(const PolicyText& text, const SenderOptions& options)
{
    SEALPOST_TRY(auto edit, begin_senders(Edit::Kind::remove_senders, text, options));
    edit.senders = options.senders;
    return edit;
}

// The callback of a command that stages what `make` makes of its options.
template <class Options>
std::function<void()> staging(Context& context, Result<Edit> (*make)(const PolicyText&, const Options&),
                              std::shared_ptr<Options> options)
{
    return [&context, make, options] {
        const revisions::MakeEdit make_edit = [&](const PolicyText& text) { return make(text, *options); };
        with_access(
            context, [&](PolicyAccess& access) { return stage_edit(context, access, make_edit, *options); }, Missing::made);
    };
}

std::vector<std::string> list_tables()
{
    std::vector<std::string> names;
    for (const auto& section : policy::document_sections()) names.emplace_back(section.name);
    return names;
}

// A command that changes one row; what it takes besides is added to it.
struct RowCommand {
    const char* name;
    const char* summary;
    const char* footer;
    bool has_which;
    Result<Edit> (*make)(const PolicyText&, const RowOptions&);
};

CLI::App& add_row_command(CLI::App& group, Context& context, const RowCommand& row, const std::shared_ptr<RowOptions>& options)
{
    auto& command = *group.add_subcommand(row.name, row.summary);
    command.add_option("TABLE", options->table, "of the document, as policy explain lists them")
        ->required()
        ->check(CLI::IsMember(list_tables()));
    if (row.has_which)
        command
            .add_option("WHICH", options->which,
                        "the row: its name, LISTENER/NAME of a sender group, an address or a domain that it lists, or its number")
            ->required();
    add_staging_options(command, *options);
    command.footer(row.footer);
    command.callback(staging(context, row.make, options));
    return command;
}

constexpr RowCommand addition{
    "add", "Stage a new row of a table",
    "policy explain TABLE says which keys there are.\n\nExamples:\n"
    "  sealpost policy add recipient address=acme.test\n"
    "  sealpost policy add mail_flow_policy name=TLS_ONLY tls=required max_message_size=20M\n"
    "  sealpost policy add sender_group name=PARTNERS listener=public order=1 policy=TLS_ONLY 'senders=[\".partner.test\", "
    "\"192.0.2.0/28\"]'\n"
    "  sealpost policy add route domain=acme.test 'hosts=[\"10 inner.acme.test:25\"]' --before ALL",
    false, make_addition};
constexpr RowCommand change{
    "change", "Stage other values of some keys of a row",
    "Another name renames the row, wherever the document names it. A predefined row that is not written is written by it.\n\n"
    "Examples:\n"
    "  sealpost policy change mail_flow_policy THROTTLED max_recipients_per_hour=50 tls=required\n"
    "  sealpost policy change sender_group public/PARTNERS policy=TLS_ONLY --without comment\n"
    "  sealpost policy change destination partner.test tls=dane --edition 7.0",
    true, make_change};
constexpr RowCommand removal{"remove", "Stage that a row goes",
                             "Examples:\n  sealpost policy remove recipient old.acme.test\n  sealpost policy remove exception 3\n"
                             "  sealpost policy remove sender_group public/PARTNERS",
                             true, make_removal};
constexpr RowCommand movement{
    "move", "Stage that a row stands elsewhere in its table",
    "Examples:\n  sealpost policy move sender_group public/PARTNERS --to 1\n  sealpost policy move encryption_rule tagged "
    "--to 1",
    true, make_move};

void add_senders(CLI::App& command, SenderOptions& options)
{
    command.add_option("--group", options.group, "the sender group")->type_name("NAME")->required();
    command.add_option("--listener", options.listener, "whose group it is; needed where several have one of that name");
    command.add_option("SENDER", options.senders, "an address, a range, a host name, a .suffix …, as the document has them")
        ->required();
    add_staging_options(command, options);
}

}  // namespace

void add_policy_row_commands(CLI::App& group, Context& context)
{
    const auto added = std::make_shared<RowOptions>();
    auto& add = add_row_command(group, context, addition, added);
    add.add_option(std::string(row_settings), added->settings, "its keys: TOML, where words need no quotes")->required();
    add.add_option("--before", added->before,
                   "in front of this row, of the same listener for a sender group; default: at the end")
        ->type_name("WHICH");

    const auto changed = std::make_shared<RowOptions>();
    auto& alter = add_row_command(group, context, change, changed);
    alter.add_option(std::string(row_settings), changed->settings, "those that change: TOML, where words need no quotes");
    alter
        .add_option("--without", changed->left_out,
                    "a key that is to go, so that it inherits or has its default; may be repeated")
        ->type_name("KEY")
        ->allow_extra_args(false);

    add_row_command(group, context, removal, std::make_shared<RowOptions>());

    const auto moved = std::make_shared<RowOptions>();
    add_row_command(group, context, movement, moved)
        .add_option("--to", moved->to, "the place, from 1; of a sender group its order on the listener")
        ->required()
        ->check(CLI::Range(1, 1'000'000));
}

void add_group_sender_commands(CLI::App& group, Context& context)
{
    const auto added = std::make_shared<SenderOptions>();
    auto* add = group.add_subcommand("add", "Stage more senders of a group");
    add_senders(*add, *added);
    add->footer(
        "policy commit makes it live. One that stands there already is told, and no mistake.\n\nExamples:\n"
        "  sealpost hat add --listener public --group CRES 208.90.57.0/26\n"
        "  sealpost hat add --group PARTNERS .partner.test '192.0.2.7 (their new host)' && sealpost policy commit -m "
        "\"partner\"");
    add->callback(staging(context, make_senders, added));

    const auto removed = std::make_shared<SenderOptions>();
    auto* remove = group.add_subcommand("remove", "Stage that senders leave a group");
    add_senders(*remove, *removed);
    remove->footer("Example:\n  sealpost hat remove --listener public --group CRES 204.15.81.0/26");
    remove->callback(staging(context, leave_senders, removed));
}

}  // namespace sealpost::cli
