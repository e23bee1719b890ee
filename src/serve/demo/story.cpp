#include "serve/demo/story.hpp"

#include "serve/demo/blocking.hpp"
#include "serve/demo/submit.hpp"
#include "sys/dns/unbound_resolver.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/mime_writer.hpp"
#include "wire/mail/parts.hpp"
#include "wire/mail/trace.hpp"
#include "wire/seal/armor.hpp"
#include "wire/seal/envelope_reader.hpp"
#include "wire/seal/opener.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

namespace sealpost::demo {
namespace json = boost::json;
namespace {

constexpr std::chrono::seconds patience{60};
constexpr std::string_view page_field = "envelope";

Error missing(const std::string& what) { return {Fault::peer_broke_it, what}; }

Result<std::string> text_of(const json::object& object, std::string_view name)
{
    const auto* value = object.if_contains(name);
    if (!value || !value->is_string())
        return missing("the answer has no \"" + std::string(name) + "\": " + json::serialize(object));
    return std::string(value->as_string());
}

Result<Letter> parse_letter(std::string raw)
{
    SEALPOST_TRY(auto head,
                 mail::HeaderBlock::parse(std::string_view(raw).substr(0, mail::find_end_of_head(raw).value_or(raw.size()))));
    Letter letter;
    letter.from = head.find("From").value_or("");
    letter.subject = mail::decode_words(head.find("Subject").value_or(""));
    SEALPOST_CHECK(mail::visit_parts(raw, [&](mail::Part&& part) {
        if (part.is_attachment) letter.attachment = std::move(part.content);
        return true;
    }));
    letter.raw = std::move(raw);
    return letter;
}

// The eight digits stand as "1234 5678" in the text part.
Result<std::string> find_code(const std::string& raw)
{
    std::string code;
    SEALPOST_CHECK(mail::visit_parts(raw, [&](mail::Part&& part) {
        if (part.type != "text/plain") return true;
        for (std::size_t at = 0; at + 9 <= part.content.size() && code.empty(); ++at) {
            const auto digits = part.content.substr(at, 4) + part.content.substr(at + 5, 4);
            const bool all = std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
            if (all && part.content[at + 4] == ' ') code = digits;
        }
        return code.empty();
    }));
    if (code.empty()) return missing("the code mail holds no code");
    return code;
}

Result<std::string> decrypt(const std::string& age_file, std::string_view identity_text)
{
    SEALPOST_TRY(auto identity, seal::Identity::parse(identity_text));
    seal::Opener opener(identity);
    SEALPOST_TRY(auto text, opener.append(age_file));
    SEALPOST_TRY(auto rest, opener.finish());
    return text + rest;
}

}  // namespace

Result<std::unique_ptr<Story>> Story::begin(World& world)
{
    std::unique_ptr<Story> story(new Story(world));
    dns::UnboundOptions names;
    names.forwarder = world.plan().names;
    SEALPOST_TRY(story->resolver_, dns::UnboundResolver::make(std::move(names)));
    SEALPOST_TRY(auto root, files::read_file(world.root_file(), 1 << 20));
    tls::ClientOptions trust;
    trust.trust.system = false;
    trust.trust.pem_texts = {std::move(root)};
    SEALPOST_TRY(story->trust_, tls::ClientContext::make(std::move(trust)));
    http::ClientOptions options;
    options.trust = story->trust_;
    options.resolver = story->resolver_;
    story->client_ = std::make_shared<http::HttpClient>(std::move(options));
    return story;
}

Browser Story::new_browser() { return {world_.workers(), client_, world_.plan().service_url()}; }

Result<> Story::send_as_alice(const std::string& subject, const std::string& attachment)
{
    mail::MimeWriter writer;
    std::string message = writer.begin_mixed({{"From", "Alice <" + std::string(alice) + ">"},
                                              {"To", "Bob <" + std::string(bob) + ">"},
                                              {"Subject", mail::encode_words(subject)},
                                              {"Date", format_rfc5322_date(world_.clock().now())},
                                              {"Message-ID", mail::make_message_id("acme.test")}});
    message += writer.add_text("Dear Bob,\n\nhere is the contract.\n\nAlice\n");
    message += writer.begin_attachment("contract.bin", "application/octet-stream");
    message += writer.append(attachment);
    message += writer.end_attachment();
    message += writer.end();
    auto reply = submit_as_alice(world_, std::move(message), std::string(bob));
    if (reply.has_error()) return reply.error();
    return {};
}

Result<StoredMail> Story::wait_for_mail(std::string_view address)
{
    const std::string box(address);
    const int number = ++seen_[box];
    if (!world_.mailboxes().wait_for(box, number, patience)) return missing("no mail arrived for " + box);
    return *world_.mailboxes().find(box, number);
}

Result<Letter> Story::read_letter(const StoredMail& mail)
{
    SEALPOST_TRY(auto raw, world_.mailboxes().read(mail));
    return parse_letter(std::move(raw));
}

Result<std::string> Story::find_page(const StoredMail& mail)
{
    SEALPOST_TRY(auto raw, world_.mailboxes().read(mail));
    std::string page;
    SEALPOST_CHECK(mail::visit_parts(raw, [&](mail::Part&& part) {
        if (part.type == "text/html" && part.is_attachment) page = std::move(part.content);
        return page.empty();
    }));
    if (page.empty()) return missing("the notification carries no envelope page");
    return page;
}

Result<> Story::prove_address(Browser& browser, const std::string& ref, std::string_view address)
{
    SEALPOST_TRY(auto challenge, browser.send_json(http::Method::post, "/api/v1/codes",
                                                   {{"address", address}, {"ref", ref}, {"language", "en"}}));
    SEALPOST_TRY(auto id, text_of(challenge, "challenge"));
    SEALPOST_TRY(auto reference, text_of(challenge, "reference"));
    SEALPOST_TRY(auto mail, wait_for_mail(address));
    SEALPOST_TRY(auto raw, world_.mailboxes().read(mail));
    if (raw.find(reference) == std::string::npos) return missing("the code mail does not show the reference words " + reference);
    SEALPOST_TRY(auto code, find_code(raw));
    SEALPOST_CHECK(browser.send_json(http::Method::post, "/api/v1/session", {{"challenge", id}, {"code", code}}));
    return {};
}

Result<Opened> Story::open_envelope(Browser& browser, const StoredMail& notification, std::string_view address)
{
    SEALPOST_TRY(auto page, find_page(notification));
    const auto begin = page.find(seal::armor_begin);
    const auto end = page.find(seal::armor_end);
    if (begin == std::string::npos || end == std::string::npos) return missing("the page holds no sealed part");
    FormBody form;
    form.add_field(page_field, page.substr(begin, end + seal::armor_end.size() - begin));
    const std::string content_type = form.content_type();
    SEALPOST_TRY(auto location, browser.post_page_form("/ingest", content_type, form.finish()));
    const std::string ref = location.substr(location.rfind('/') + 1);
    SEALPOST_TRY(auto view, browser.get_json("/api/v1/open/" + ref));
    SEALPOST_TRY(auto source, text_of(view, "source"));
    if (source != "ticket") return missing("the envelope was not recognised by its attachment");
    SEALPOST_TRY(auto session, browser.get_json("/api/v1/session"));
    if (!session.at("person").is_object()) SEALPOST_CHECK(prove_address(browser, ref, address));
    SEALPOST_TRY(auto released, browser.send_json(http::Method::post, "/api/v1/open/" + ref + "/release", {}));
    SEALPOST_TRY(auto identity, text_of(released, "identity"));
    SEALPOST_TRY(auto age_file, browser.get_bytes("/api/v1/open/" + ref + "/content"));
    SEALPOST_TRY(auto raw, decrypt(age_file, identity));
    SEALPOST_TRY(auto letter, parse_letter(std::move(raw)));
    return Opened{ref, std::move(letter)};
}

Result<> Story::reply(Browser& browser, const std::string& ref, const std::string& attachment)
{
    FormBody form;
    form.add_field("reply",
                   json::serialize(json::object{
                       {"mode", "reply"}, {"to", json::array()}, {"subject", "Re: Contract"}, {"text", "Signed.\n\nBob"}}));
    form.add_file("attachment", "signed.bin", attachment);
    const std::string content_type = form.content_type();
    SEALPOST_CHECK(browser.post_form("/api/v1/open/" + ref + "/replies", content_type, form.finish()));
    return {};
}

Result<> Story::sign_in_administrator(Browser& browser)
{
    SEALPOST_CHECK(
        browser.send_json(http::Method::post, "/api/v1/admin/session",
                          {{"name", world_.secrets().administrator}, {"password", world_.secrets().administrator_password}}));
    return {};
}

Result<> Story::switch_tls_replies(Browser& browser, bool on, const std::string& on_failure)
{
    const std::string path = "/api/v1/admin/domains/acme.test";
    if (on) SEALPOST_CHECK(browser.send_json(http::Method::post, path + "/test", {}));
    SEALPOST_CHECK(browser.send_json(http::Method::put, path, {{"tls_replies", on}, {"on_failure", on_failure}}));
    return {};
}

Result<std::set<std::string>> Story::list_deliveries(Browser& browser)
{
    SEALPOST_TRY(auto answer, browser.get_json("/api/v1/admin/deliveries"));
    std::set<std::string> ids;
    for (const auto& delivery : answer.at("deliveries").as_array()) ids.insert(json::value_to<std::string>(delivery.at("id")));
    return ids;
}

Result<json::object> Story::wait_for_delivery(Browser& browser, const std::set<std::string>& known)
{
    const auto deadline = Deadline::after(patience);
    while (!deadline.has_passed()) {
        SEALPOST_TRY(auto answer, browser.get_json("/api/v1/admin/deliveries"));
        for (const auto& delivery : answer.at("deliveries").as_array()) {
            const bool is_new = !known.contains(json::value_to<std::string>(delivery.at("id")));
            if (is_new && delivery.at("state").as_string() != "queued") return delivery.as_object();
        }
        [[maybe_unused]] auto slept =
            run_on(world_.workers(), async::sleep_until(Deadline::after(std::chrono::milliseconds(50))));
    }
    return missing("the service reports no new delivery");
}

}  // namespace sealpost::demo
