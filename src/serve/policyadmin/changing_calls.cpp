#include "serve/policyadmin/desk.hpp"

#include <boost/json/serialize.hpp>

#include <array>

namespace sealpost::policyadmin {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Request;
using http::Response;
using revisions::Outcome;

constexpr std::size_t max_document_bytes = 16 * 1024 * 1024;
constexpr std::uint64_t max_edit_bytes = 16 * 1024 * 1024;
constexpr std::uint64_t max_import_bytes = 2 * max_document_bytes + 64 * 1024;  // as JSON: quotes and line ends take two octets
constexpr std::size_t max_name_bytes = 200;
constexpr std::size_t max_comment_bytes = 4000;

std::string author_of(const SignedIn& signed_in) { return signed_in.administrator.name; }

void note_staged(const Desk& desk, const SignedIn& signed_in, std::string_view way, const Outcome& outcome)
{
    if (outcome.kind != Outcome::Kind::staged && outcome.kind != Outcome::Kind::unchanged) return;
    const auto edition = format_edition(outcome.edition);
    desk.parts.log.info("policy.submitted", {{"author", author_of(signed_in)}, {"way", way}, {"edition", edition}});
}

// What is live has changed: said in the log and in the audit trail. The change stands whatever becomes of that.
Task<void> note_live(const Desk& desk, const Request& request, const SignedIn& signed_in, std::string_view what, Outcome outcome)
{
    if (outcome.kind != Outcome::Kind::committed || !outcome.commit) co_return;
    desk.parts.log.info(what, {{"author", author_of(signed_in)}, {"version", outcome.commit->version}});
    people::AuditEntry entry;
    entry.who = admin::who_of(signed_in);
    entry.network = people::network_of(request.peer.address);
    entry.what = what;
    entry.subject = "policy";
    entry.details = json::serialize(json::object{{"version", outcome.commit->version}});
    auto kept = co_await desk.parts.admin->parts.people->audit().append(std::move(entry));
    if (kept.has_error()) desk.parts.log.warning("policy.not_in_audit_trail", {{"problem", kept.error().text}});
}

Task<Checked<Response>> edit(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request, desk.parts.pool));
    http::Fields fields(body);
    const auto edition = read_edition(fields);
    if (!fields.has("changes")) fields.complain("changes", "is missing");
    SEALPOST_CO_CHECK(fields.check());
    auto edits = revisions::parse_edits(body.at("changes"));
    if (edits.has_error()) co_return http::bad_request("changes", edits.error().text);
    SEALPOST_CO_TRY(const auto outcome, co_await desk.parts.editor->edit(edition, std::move(*edits), author_of(signed_in)));
    note_staged(desk, signed_in, "edit", outcome);
    co_return answer_outcome(outcome);
}

Task<Checked<Response>> check_senders(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request, desk.parts.pool));
    http::Fields fields(body);
    const auto row = fields.text_or("row", 2 * max_name_bytes, "");
    auto text = fields.text("text", max_document_bytes);
    SEALPOST_CO_CHECK(fields.check());
    revisions::PolicyEditor::Question question =
        [row, text = std::move(text)](const revisions::PolicyView& view) -> Result<json::object> {
        const auto* group = row.empty() ? nullptr : view.staged->find_row("sender_group", row);
        if (!row.empty() && group == nullptr) return Error{Fault::denied, "there is no sender group " + row};
        json::object answer;
        add_verdicts(answer, revisions::check_senders(text, group));
        return answer;
    };
    auto asked = co_await desk.parts.editor->ask(std::move(question));
    SEALPOST_CO_TRY(const auto answer, found(std::move(asked)));
    co_return http::json_response(200, answer);
}

Task<Checked<Response>> stage_preset(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    const auto edition = read_edition(fields);
    auto name = fields.text("name", max_name_bytes);
    auto listener = fields.text_or("listener", max_name_bytes, "");
    SEALPOST_CO_CHECK(fields.check());
    SEALPOST_CO_TRY(const auto outcome, co_await desk.parts.editor->submit_preset(edition, std::move(name), std::move(listener),
                                                                                  author_of(signed_in)));
    note_staged(desk, signed_in, "preset", outcome);
    co_return answer_outcome(outcome);
}

Task<Checked<Response>> import_text(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request, desk.parts.pool));
    http::Fields fields(body);
    const auto edition = read_edition(fields);
    const auto format = fields.text("format", 10);
    auto text = fields.text("text", max_document_bytes);
    auto listener = fields.text_or("listener", max_name_bytes, "");
    if (format != "toml" && format != "hat") fields.complain("format", "is neither toml nor hat");
    SEALPOST_CO_CHECK(fields.check());
    auto& editor = *desk.parts.editor;
    auto staging = format == "toml" ? editor.submit_text(edition, std::move(text), author_of(signed_in))
                                    : editor.submit_hat(edition, std::move(text), std::move(listener), author_of(signed_in));
    SEALPOST_CO_TRY(const auto outcome, co_await std::move(staging));
    note_staged(desk, signed_in, "import", outcome);
    co_return answer_outcome(outcome);
}

Task<Checked<Response>> discard(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    const auto edition = read_edition(fields);
    SEALPOST_CO_CHECK(fields.check());
    SEALPOST_CO_TRY(const auto outcome, co_await desk.parts.editor->discard(edition));
    if (outcome.kind == Outcome::Kind::discarded)
        desk.parts.log.info("policy.discarded", {{"author", author_of(signed_in)}, {"edition", format_edition(edition)}});
    co_return answer_outcome(outcome);
}

Task<Checked<Response>> commit(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    const auto edition = read_edition(fields);
    auto comment = fields.text("comment", max_comment_bytes);
    if (const auto good = revisions::check_comment(comment); good.has_error())
        fields.complain("comment", "holds line ends, control characters or marks of a direction");
    SEALPOST_CO_CHECK(fields.check());
    SEALPOST_CO_TRY(const auto outcome, co_await desk.parts.editor->commit(edition, author_of(signed_in), std::move(comment)));
    co_await note_live(desk, request, signed_in, "policy.committed", outcome);
    co_return answer_outcome(outcome);
}

Task<Checked<Response>> rollback(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::change));
    SEALPOST_CO_TRY(const auto body, co_await http::read_json(request));
    http::Fields fields(body);
    const auto edition = read_edition(fields);
    const auto version = static_cast<std::int64_t>(fields.number("version"));
    SEALPOST_CO_CHECK(fields.check());
    SEALPOST_CO_TRY(const auto outcome, co_await desk.parts.editor->rollback(edition, version, author_of(signed_in)));
    co_await note_live(desk, request, signed_in, "policy.rolled_back", outcome);
    co_return answer_outcome(outcome);
}

constexpr std::array<Entry, 7> calls{{
    {http::Method::post, "edit", edit, max_edit_bytes},
    {http::Method::post, "check-senders", check_senders, max_edit_bytes},
    {http::Method::post, "preset", stage_preset},
    {http::Method::post, "import", import_text, max_import_bytes},
    {http::Method::post, "discard", discard},
    {http::Method::post, "commit", commit},
    {http::Method::post, "rollback", rollback},
}};

}  // namespace

std::span<const Entry> changing_calls() { return calls; }

}  // namespace sealpost::policyadmin
