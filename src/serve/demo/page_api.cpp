#include "serve/demo/page_api.hpp"

#include "serve/demo/page_state.hpp"
#include "serve/demo/submit.hpp"
#include "serve/domaintests/records.hpp"
#include "serve/node/domain_chores.hpp"
#include "serve/pages/show.hpp"
#include "sys/async/wait.hpp"
#include "sys/http/multipart.hpp"
#include "sys/http/respond.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/mime_writer.hpp"
#include "wire/mail/parts.hpp"
#include "wire/mail/trace.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace sealpost::demo {
namespace json = boost::json;
using http::Method;
using http::Request;
using http::Response;

namespace {

constexpr std::uint64_t max_form_bytes = 64 * 1024 * 1024;
constexpr std::string_view page_policy = "sandbox allow-forms allow-scripts allow-popups allow-popups-to-escape-sandbox";

Response show_error(const Error& error)
{
    return http::problem_response({503, "try-later", "The demo cannot do that at the moment", error.text, {}});
}

std::optional<StoredMail> find_mail(World& world, const Request& request)
{
    const auto number = http::decode_percent(request.parameter("n"));
    const int n = number ? std::atoi(number->c_str()) : 0;
    return world.mailboxes().find(request.parameter("address"), n);
}

// The form of POST /demo/send as a message.
struct OutgoingForm {
    std::string from, to, subject, text;
    std::vector<std::pair<std::string, std::string>> attachments;  // name, octets

    std::string* field(const std::string& name)
    {
        if (name == "from") return &from;
        if (name == "to") return &to;
        if (name == "subject") return &subject;
        return name == "text" ? &text : nullptr;
    }

    [[nodiscard]] std::string format(WallTime now) const
    {
        mail::MimeWriter writer;
        std::string message = writer.begin_mixed({{"From", from},
                                                  {"To", to},
                                                  {"Subject", mail::encode_words(subject)},
                                                  {"Date", format_rfc5322_date(now)},
                                                  {"Message-ID", mail::make_message_id("acme.test")}});
        message += writer.add_text(text);
        for (const auto& [name, bytes] : attachments) {
            message += writer.begin_attachment(name, "application/octet-stream");
            message += writer.append(bytes);
            message += writer.end_attachment();
        }
        return message + writer.end();
    }
};

Task<Result<OutgoingForm>> read_form(Request& request)
{
    SEALPOST_CO_TRY(auto boundary, http::parse_boundary(request.headers.find("Content-Type").value_or("")));
    http::MultipartReader reader(*request.body, boundary);
    OutgoingForm form;
    std::string* into = nullptr;
    while (true) {
        SEALPOST_CO_TRY(auto event, co_await reader.next());
        if (!event) co_return form;
        if (const auto* begin = std::get_if<http::PartBegin>(&*event)) {
            into = form.field(begin->name);
            if (begin->name != "attachment" || begin->file_name.value_or("").empty()) continue;
            form.attachments.emplace_back(*begin->file_name, "");
            into = &form.attachments.back().second;
        } else if (const auto* data = std::get_if<http::PartData>(&*event)) {
            if (into) *into += data->bytes;
        }
    }
}

}  // namespace

Result<> PageApi::start()
{
    auto router = std::make_shared<http::Router>();
    add_routes(*router);
    http::ServerOptions options{"demo", world_.plan().page, nullptr, {}};
    SEALPOST_TRY(server_, http::HttpServer::start(world_.workers(), std::move(options), router, world_.log()));
    return {};
}

void PageApi::stop()
{
    if (!server_) return;
    async::start_on(world_.workers(), 0, server_->stop(Deadline::after(std::chrono::milliseconds(200)))).get();
    server_.reset();
}

void PageApi::add_routes(http::Router& router)
{
    add_pages(router);
    add_mailboxes(router);
    add_actions(router);
}

void PageApi::add_pages(http::Router& router)
{
    const auto page = [](Request& request) -> Task<Response> { co_return pages::show_asset(request, "inbox/index.html"); };
    router.add(Method::get, "/", page);
    router.add(Method::get, "/write", page);
    router.add(Method::get, "/mail/{address}", page);
    router.add(Method::get, "/mail/{address}/{n}", page);
    pages::add_file_routes(router);
    router.add(Method::get, "/demo/ca.pem", [this](Request&) { return show_authority(); });
}

void PageApi::add_mailboxes(http::Router& router)
{
    const std::string base = "/demo/mailboxes/{address}/messages";
    router.add(Method::get, base, [this](Request& request) { return list_mails(request); });
    router.add(Method::get, base + "/{n}", [this](Request& request) { return show_mail(request); });
    router.add(Method::get, base + "/{n}/raw", [this](Request& request) { return show_raw_mail(request); });
    router.add(Method::get, base + "/{n}/page", [this](Request& request) { return show_message_page(request); });
}

Task<Response> PageApi::show_authority()
{
    auto pem = files::read_file(world_.root_file(), 1 << 20);
    if (pem.has_error()) co_return show_error(pem.error());
    co_return http::text_response(200, "application/x-pem-file", std::move(*pem));
}

Task<Response> PageApi::list_mails(const Request& request)
{
    auto replies = co_await find_reply_tls(world_);
    if (replies.has_error()) co_return show_error(replies.error());
    json::array messages;
    const auto mails = world_.mailboxes().list(request.parameter("address"));
    for (auto mail = mails.rbegin(); mail != mails.rend(); ++mail) messages.push_back(describe_mail(*mail, *replies));
    co_return http::json_response(200, json::object{{"messages", std::move(messages)}});
}

Task<Response> PageApi::show_mail(const Request& request)
{
    const auto mail = find_mail(world_, request);
    if (!mail) co_return http::problem_response(http::not_found());
    auto replies = co_await find_reply_tls(world_);
    if (replies.has_error()) co_return show_error(replies.error());
    co_return http::json_response(200, describe_mail(*mail, *replies));
}

Task<Response> PageApi::show_raw_mail(const Request& request)
{
    const auto mail = find_mail(world_, request);
    if (!mail) co_return http::problem_response(http::not_found());
    auto raw = world_.mailboxes().read(*mail);
    if (raw.has_error()) co_return show_error(raw.error());
    co_return http::text_response(200, "message/rfc822", std::move(*raw));
}

Task<Response> PageApi::show_message_page(const Request& request)
{
    const auto mail = find_mail(world_, request);
    if (!mail || !mail->has_page) co_return http::problem_response(http::not_found());
    auto raw = world_.mailboxes().read(*mail);
    if (raw.has_error()) co_return show_error(raw.error());
    std::string page;
    auto visited = mail::visit_parts(*raw, [&](mail::Part&& part) {
        if (part.type == "text/html" && part.is_attachment) page = std::move(part.content);
        return page.empty();
    });
    if (visited.has_error()) co_return show_error(visited.error());
    Response response = http::text_response(200, "text/html; charset=utf-8", std::move(page));
    response.headers.set("Content-Security-Policy", std::string(page_policy));
    co_return response;
}

void PageApi::add_actions(http::Router& router)
{
    const auto own = http::from_own_pages(world_.plan().page_url());
    const auto large = http::from_own_pages(world_.plan().page_url(), max_form_bytes);
    router.add(Method::get, "/demo/state", [this](Request&) { return show_state(); });
    router.add(
        Method::post, "/demo/send", [this](Request& request) { return send(request); }, large);
    router.add(
        Method::post, "/demo/switch", [this](Request& request) { return turn_switch(request); }, own);
}

Task<Response> PageApi::show_state()
{
    const Deeds deeds{was_sent_, was_swapped_, was_switched_on_};
    auto state = co_await describe_state(world_, deeds);
    if (state.has_error()) co_return show_error(state.error());
    co_return http::json_response(200, *state);
}

Task<Response> PageApi::send(Request& request)
{
    auto form = co_await read_form(request);
    if (form.has_error()) co_return http::body_problem(form.error());
    std::string message = form->format(world_.clock().now());
    World& world = world_;
    // The submission waits for tasks of this worker: it runs on a thread of the pool.
    auto reply =
        co_await world_.pool().run([&world, &message, &form] { return submit_as_alice(world, std::move(message), form->to); });
    if (reply.has_error())
        co_return http::problem_response({422, "refused", "The gateway did not take the message", reply.error().text, {}});
    was_sent_ = true;
    co_return http::json_response(202, json::object{{"reply", *reply}});
}

Task<Result<>> PageApi::switch_replies(bool on)
{
    auto& service = *world_.service().service();
    auto& machinery = world_.service().machinery();
    auto acme = co_await service.domains().find("acme.test");
    if (acme.has_error()) co_return acme.error();
    if (on) {
        const auto test = node::make_tester(machinery);
        domaintests::TestOrder order;
        order.domain = "acme.test";
        const auto result = co_await test(std::move(order));
        auto record = domaintests::make_record(result, world_.clock().now(), domains::TestCause::asked);
        auto recorded = co_await service.domains().record_test("acme.test", std::move(record));
        if (recorded.has_error()) co_return recorded.error();
    }
    auto verdict = co_await service.domains().set_replies((*acme)->key(), on, (*acme)->on_failure, "demo");
    if (verdict.has_error()) co_return verdict.error();
    if (*verdict != domains::SwitchVerdict::done) co_return Error{Fault::denied, "acme.test has not passed the domain test"};
    if (on) was_switched_on_ = true;
    co_return Result<>();
}

Task<Result<>> PageApi::choose_failure(domains::OnFailure choice)
{
    auto& domains = world_.service().service()->domains();
    auto acme = co_await domains.find("acme.test");
    if (acme.has_error()) co_return acme.error();
    auto verdict = co_await domains.set_replies((*acme)->key(), (*acme)->tls_replies, choice, "demo");
    if (verdict.has_error()) co_return verdict.error();
    co_return Result<>();
}

Task<Response> PageApi::turn_switch(Request& request)
{
    auto body = co_await http::read_json(request);
    if (body.has_error()) co_return http::body_problem(body.error());
    const auto* name = body->if_contains("name");
    const auto* value = body->if_contains("value");
    const std::string which = name && name->is_string() ? std::string(name->as_string()) : "";
    const std::string word = value && value->is_string() ? std::string(value->as_string()) : "";
    Result<> done = Error{Fault::config, "no such switch"};
    if (which == "tls_replies" && value && value->is_bool()) {
        done = co_await switch_replies(value->as_bool());
    } else if (which == "certificate" && (word == "signed" || word == "self_signed")) {
        World& world = world_;
        done = co_await world_.pool().run([&world, &word] { return world.present_certificate(word == "self_signed"); });
        if (word == "self_signed") was_swapped_ = true;
    } else if (which == "on_failure") {
        const auto choice = domains::parse_on_failure(word);
        if (choice) done = co_await choose_failure(*choice);
    }
    if (done.has_error() && done.error().fault == Fault::denied)
        co_return http::problem_response({409, "not-ready", "TLS replies cannot be switched on", done.error().text, {}});
    if (done.has_error()) co_return http::problem_response(http::bad_request("name", done.error().text));
    auto response = co_await show_state();
    co_return response;
}

}  // namespace sealpost::demo
