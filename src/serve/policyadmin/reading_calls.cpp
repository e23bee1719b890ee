#include "serve/policyadmin/desk.hpp"

#include <array>
#include <limits>

namespace sealpost::policyadmin {
namespace {

namespace json = boost::json;
using http::Checked;
using http::Request;
using http::Response;
using Question = revisions::PolicyEditor::Question;
using revisions::PolicyView;

constexpr auto any_number = std::numeric_limits<std::int64_t>::max();

// Asks the editor and answers with what it says.
Task<Checked<Response>> ask(const Desk& desk, Question question)
{
    auto asked = co_await desk.parts.editor->ask(std::move(question));
    SEALPOST_CO_TRY(const auto answer, found(std::move(asked)));
    co_return http::json_response(200, answer);
}

Task<Checked<Response>> show_state(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    Question question = revisions::describe_state;
    auto answer = co_await ask(desk, std::move(question));
    co_return answer;
}

Task<Checked<Response>> list_section(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    SEALPOST_CO_TRY(const auto listener, find_text(request, "listener"));
    SEALPOST_CO_TRY(const bool staged, find_flag(request, "staged", true));
    Question question = [section = request.parameter("section"), listener, staged](const PolicyView& view) {
        return revisions::list_rows(view, section, listener, staged);
    };
    auto answer = co_await ask(desk, std::move(question));
    co_return answer;
}

Task<Checked<Response>> show_parameters(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    SEALPOST_CO_TRY(const auto listener, find_text(request, "listener"));
    SEALPOST_CO_TRY(const auto policy, find_text(request, "policy"));
    if (listener.empty()) co_return http::bad_request("listener", "\"listener\" is missing");
    Question question = [listener, policy](const PolicyView& view) {
        return revisions::describe_parameters(view, listener, policy);
    };
    auto answer = co_await ask(desk, std::move(question));
    co_return answer;
}

Task<Checked<Response>> list_senders(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    revisions::SenderPage page;
    page.listener = request.parameter("listener");
    page.group = request.parameter("name");
    SEALPOST_CO_TRY(page.find, find_text(request, "find"));
    SEALPOST_CO_TRY(const auto from, find_number(request, "from", any_number));
    SEALPOST_CO_TRY(const auto most, find_number(request, "most", revisions::max_page_senders));
    SEALPOST_CO_TRY(const bool staged, find_flag(request, "staged", true));
    if (from) page.from = static_cast<std::size_t>(*from);
    if (most) page.most = static_cast<std::size_t>(*most);
    Question question = [page, staged](const PolicyView& view) { return revisions::list_senders(view, page, staged); };
    auto answer = co_await ask(desk, std::move(question));
    co_return answer;
}

Task<Checked<Response>> find_senders(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    SEALPOST_CO_TRY(const auto text, find_text(request, "text"));
    SEALPOST_CO_TRY(const auto listener, find_text(request, "listener"));
    SEALPOST_CO_TRY(const bool staged, find_flag(request, "staged", true));
    if (text.empty()) co_return http::bad_request("text", "\"text\" is missing");
    Question question = [text, listener, staged](const PolicyView& view) {
        return revisions::find_senders(view, text, listener, staged);
    };
    auto answer = co_await ask(desk, std::move(question));
    co_return answer;
}

Task<Checked<Response>> list_changes(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    SEALPOST_CO_TRY(const auto from, find_number(request, "from", any_number));
    SEALPOST_CO_TRY(const auto to, find_number(request, "to", any_number));
    auto compared = co_await desk.parts.editor->compare(from, to);
    SEALPOST_CO_TRY(auto answer, found(std::move(compared)));
    if (auto* difference = answer.if_contains("difference"); difference && difference->is_string())
        answer["difference"] = limit_difference(std::string(difference->get_string()));
    co_return http::json_response(200, answer);
}

Task<Checked<Response>> list_history(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    SEALPOST_CO_TRY(const auto before, find_number(request, "before", any_number));
    SEALPOST_CO_TRY(const auto most, find_number(request, "most", revisions::max_page_commits));
    SEALPOST_CO_TRY(const auto page,
                    co_await desk.parts.editor->load_history(before, static_cast<std::size_t>(most.value_or(50))));
    json::array commits;
    for (const auto& commit : page.commits) {
        json::object entry;
        entry["version"] = commit.version;
        entry["time"] = format_rfc3339(commit.time);
        entry["author"] = commit.author;
        entry["comment"] = commit.comment;
        commits.push_back(std::move(entry));
    }
    json::object answer;
    answer["commits"] = std::move(commits);
    answer["next"] = page.next ? json::value(*page.next) : json::value(nullptr);
    co_return http::json_response(200, answer);
}

Task<Checked<Response>> export_document(const Desk& desk, Request& request)
{
    SEALPOST_CO_TRY(const auto signed_in, co_await desk.require_signed_in(request, Purpose::look));
    SEALPOST_CO_TRY(const bool staged, find_flag(request, "staged", true));
    Question question = [staged](const PolicyView& view) -> Result<json::object> {
        return json::object{{"text", view.shown(staged).text()}};
    };
    SEALPOST_CO_TRY(const auto answer, co_await desk.parts.editor->ask(std::move(question)));
    co_return http::text_response(200, "text/plain; charset=utf-8", std::string(answer.at("text").as_string()));
}

constexpr std::array<Entry, 8> calls{{
    {http::Method::get, "state", show_state},
    {http::Method::get, "sections/{section}", list_section},
    {http::Method::get, "parameters", show_parameters},
    {http::Method::get, "sender-groups/{listener}/{name}/senders", list_senders},
    {http::Method::get, "find-senders", find_senders},
    {http::Method::get, "changes", list_changes},
    {http::Method::get, "history", list_history},
    {http::Method::get, "export", export_document},
}};

}  // namespace

std::span<const Entry> reading_calls() { return calls; }

}  // namespace sealpost::policyadmin
