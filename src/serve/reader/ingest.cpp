#include "serve/pages/problem_page.hpp"
#include "serve/reader/desk.hpp"

#include "base/text.hpp"
#include "serve/reader/upload_memory.hpp"
#include "sys/http/multipart.hpp"
#include "wire/seal/envelope_reader.hpp"

#include <boost/json/object.hpp>

namespace sealpost::reader {
namespace {

using http::Checked;
using http::Problem;
using http::Request;
using http::Response;

// The form around an envelope of 64 MiB in binary: a third more as armor, twice that as base64 in a mail.
constexpr std::uint64_t max_form_bytes = 128ULL * 1024 * 1024;
constexpr std::size_t max_upload_bytes = 120ULL * 1024 * 1024;
// What is done with a mail of this size takes as long as a worker may be kept from others.
constexpr std::size_t large_mail_bytes = 256 * 1024;
constexpr std::size_t written_at_once_bytes = 256 * 1024;
constexpr std::string_view door = "/open";  // where another message is opened
constexpr std::string_view envelope_field = "envelope";
constexpr std::string_view id_field = "id";
constexpr std::size_t max_id_bytes = 64;  // it has 26; a form may surround it with white space

Problem not_an_envelope()
{
    return {422, "not-an-envelope", "This is not a sealed message",
            "Drop the HTML file that was attached, or the whole mail that brought it."};
}

// Slots of half an hour fill up and empty slowly.
Problem too_many() { return http::too_many_requests(std::chrono::seconds(60)); }

Problem problem_of_upload(const Error& error)
{
    if (error.fault == Fault::peer_broke_it) return not_an_envelope();
    if (error.fault == Fault::denied) return http::too_large();
    return error;
}

Problem problem_of_slot(const Error& error, const keys::SlotWriter& writer)
{
    if (error.fault != Fault::denied) return error;
    if (writer.is_too_large()) return http::too_large();
    return too_many();
}

// Armor, page or mail in; the binary age file into a slot, which begins with what is the first to be kept.
class Intake {
public:
    Intake(const Desk& desk, std::shared_ptr<UploadMemory> memory, std::string network)
        : desk_(desk), network_(std::move(network)), memory_(std::move(memory), network_), reader_(max_upload_bytes)
    {
    }

    Task<Checked<void>> append(std::string piece)
    {
        auto bytes = reader_.append(piece);
        if (bytes.has_error()) co_return stumble(bytes.error());
        if (!memory_.hold(reader_.held_bytes())) co_return http::try_later();
        auto kept = co_await keep(std::move(*bytes));
        co_return kept;
    }

    Task<Checked<void>> finish()
    {
        if (!memory_.hold(reader_.held_bytes_at_the_end(), UploadMemory::Span::while_we_work)) co_return http::try_later();
        auto bytes = co_await finish_reading();
        if (bytes.has_error()) co_return stumble(bytes.error());
        auto kept = co_await keep(std::move(*bytes));
        memory_.let_go();
        co_return kept;
    }

    // A page that lost its envelope has a slot without content: the hosted copy opens in its place.
    Task<Checked<std::string>> make_ticket()
    {
        SEALPOST_CO_CHECK(co_await begin_slot());
        const auto named = hint();
        auto ticket = co_await desk_.parts.keys->finish_ticket(std::move(slot_), named);
        if (ticket.has_error() && ticket.error().fault == Fault::denied) co_return too_many();
        SEALPOST_CO_TRY(auto text, std::move(ticket));
        co_return text;
    }

    // Which envelope it says it is: a claim of the form, else of the page inside.
    [[nodiscard]] std::optional<keys::EnvelopeId> hint() const
    {
        const auto claimed = keys::parse_envelope_id(trim(claimed_id_));
        return claimed ? claimed : keys::parse_envelope_id(reader_.claims().envelope_id);
    }
    void claim(std::string_view piece) { claimed_id_ += piece.substr(0, max_id_bytes - claimed_id_.size()); }
    [[nodiscard]] bool is_broken() const { return broken_; }  // what came is no whole envelope

private:
    Problem stumble(const Error& error)
    {
        memory_.let_go();  // so has the reader, and the form may go on for long
        broken_ = error.fault == Fault::peer_broke_it;
        return problem_of_upload(error);
    }

    Task<Result<std::string>> finish_reading()
    {
        auto work = [this] { return reader_.finish(); };
        auto* pool = desk_.parts.pool;
        if (!pool || reader_.held_bytes() < large_mail_bytes) co_return work();
        auto bytes = co_await pool->run(work);
        co_return bytes;
    }

    Task<Checked<void>> begin_slot()
    {
        if (slot_) co_return Checked<void>();
        auto slot = co_await desk_.parts.keys->begin_ticket(network_);
        if (slot.has_error() && slot.error().fault == Fault::denied) co_return too_many();
        if (slot.has_error()) co_return slot.error();
        slot_ = std::move(*slot);
        co_return Checked<void>();
    }

    // A slot hashes all that it is given before it waits for anything.
    Task<Checked<void>> keep(std::string bytes)
    {
        if (bytes.empty()) co_return Checked<void>();
        SEALPOST_CO_CHECK(co_await begin_slot());
        for (std::string_view rest = bytes; !rest.empty();) {
            std::string piece(rest.substr(0, written_at_once_bytes));
            rest.remove_prefix(piece.size());
            auto written = co_await slot_->write(std::move(piece));
            if (written.has_error()) co_return problem_of_slot(written.error(), *slot_);
        }
        co_return Checked<void>();
    }

    const Desk& desk_;
    const std::string network_;
    UploadMemory::Share memory_;
    std::unique_ptr<keys::SlotWriter> slot_;  // absent until then
    seal::EnvelopeReader reader_;
    std::string claimed_id_;
    bool broken_ = false;
};

Task<Checked<void>> take_id(http::MultipartReader& form, Intake& intake)
{
    while (true) {
        SEALPOST_CO_TRY(const auto event, co_await form.next());
        if (!event || std::holds_alternative<http::PartEnd>(*event)) co_return Checked<void>();
        if (const auto* data = std::get_if<http::PartData>(&*event)) intake.claim(data->bytes);
    }
}

Task<Checked<void>> take_part(http::MultipartReader& form, Intake& intake)
{
    while (true) {
        SEALPOST_CO_TRY(auto event, co_await form.next());
        if (!event || std::holds_alternative<http::PartEnd>(*event)) break;
        auto* data = std::get_if<http::PartData>(&*event);
        if (data) SEALPOST_CO_CHECK(co_await intake.append(std::move(data->bytes)));
    }
    auto finished = co_await intake.finish();
    co_return finished;
}

// Reads the form up to the end of its envelope; what follows does not matter to us.
Task<Checked<void>> find_envelope(http::MultipartReader& form, Intake& intake)
{
    while (true) {
        SEALPOST_CO_TRY(const auto event, co_await form.next());
        if (!event) co_return http::bad_request(std::string(envelope_field), "The form has no field \"envelope\".");
        const auto* begin = std::get_if<http::PartBegin>(&*event);
        if (begin && begin->name == id_field) SEALPOST_CO_CHECK(co_await take_id(form, intake));
        if (!begin || begin->name != envelope_field) continue;
        auto taken = co_await take_part(form, intake);
        co_return taken;
    }
}

// The attachment is damaged beyond reading, and the service has the envelope that it was.
Task<Checked<bool>> can_heal(const Desk& desk, const Intake& intake)
{
    const auto hint = intake.hint();
    if (!intake.is_broken() || !hint) co_return false;
    SEALPOST_CO_TRY(const auto envelope, co_await desk.parts.keys->find(*hint));
    co_return envelope && envelope->has_hosted_copy;
}

// A browser shows no answer before its form is read.
Task<Checked<void>> read_to_end(http::MultipartReader& form)
{
    while (true) {
        SEALPOST_CO_TRY(const auto event, co_await form.next());
        if (!event) co_return Checked<void>();
    }
}

Task<Checked<std::string>> take_in(const Desk& desk, std::shared_ptr<UploadMemory> memory, Request& request)
{
    auto boundary = http::parse_boundary(request.headers.find("Content-Type").value_or(""));
    if (boundary.has_error()) co_return http::bad_request("Content-Type", boundary.error().text);
    http::MultipartReader form(*request.body, *boundary);
    Intake intake(desk, std::move(memory), network_of(request));
    auto taken = co_await find_envelope(form, intake);
    if (taken.has_error()) {
        SEALPOST_CO_TRY(const bool heals, co_await can_heal(desk, intake));
        if (!heals) co_return taken.error();
        SEALPOST_CO_CHECK(co_await read_to_end(form));
    }
    auto ticket = co_await intake.make_ticket();
    co_return ticket;
}

// A form post from an attachment ends in a browser window, so its problem is a page; who loads that window again is led on.
Task<Response> lead_on(Request&) { co_return http::redirect(std::string(door)); }

// Dead drop: any origin may post, no cookie is read or set, and all that comes back is a ticket.
Task<Response> ingest(std::shared_ptr<const Desk> desk, std::shared_ptr<UploadMemory> memory, Request& request)
{
    const bool wants_json = request.accepts_json();
    for (const auto& guard : desk->parts.upload_guards) {
        auto refused = guard(request);
        if (refused) co_return wants_json ? std::move(*refused) : pages::show_problem(request, http::try_later(), door);
    }
    auto ticket = co_await take_in(*desk, std::move(memory), request);
    if (ticket.has_error()) {
        const Problem problem = ticket.error();
        co_return wants_json ? http::problem_response(problem) : pages::show_problem(request, problem, door);
    }
    const std::string path = "/open/" + *ticket;
    if (!wants_json) co_return http::redirect(path);
    boost::json::object answer;
    answer["ticket"] = *ticket;
    answer["open_path"] = path;
    co_return http::json_response(201, answer);
}

}  // namespace

void add_ingest_routes(http::Router& router, const std::shared_ptr<const Desk>& desk)
{
    http::RouteOptions options;
    options.max_body_bytes = max_form_bytes;
    auto memory = std::make_shared<UploadMemory>(desk->parts.max_held_bytes);
    auto handler = [desk, memory](Request& request) { return ingest(desk, memory, request); };
    router.add(http::Method::post, "/ingest", std::move(handler), std::move(options));
    router.add(http::Method::get, "/ingest", lead_on);
}

}  // namespace sealpost::reader
