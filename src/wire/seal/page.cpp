#include "wire/seal/page.hpp"

#include "base/base32.hpp"
#include "base/text.hpp"
#include "sys/crypto/random.hpp"
#include "wire/mail/mailbox.hpp"
#include "wire/mail/utf8.hpp"
#include "wire/seal/html.hpp"
#include "wire/seal/phrases.hpp"
#include "wire/seal/texts.hpp"

#include <algorithm>
#include <array>

namespace sealpost::seal {
namespace {

constexpr std::size_t id_characters = 26;
constexpr std::size_t id_octets = 16;
constexpr std::size_t max_logo_bytes = 64 * 1024;
constexpr std::size_t max_claim_bytes = 2048;  // escaped

constexpr std::string_view style = R"(:root{color-scheme:light dark}
*{box-sizing:border-box}
body{margin:0;font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:#1b2733;background:#eef1f5}
main{max-width:36rem;margin:2rem auto;padding:1.5rem;background:#fff;border:1px solid #d5dce4;border-radius:.75rem}
h1{font-size:1.4rem;line-height:1.25;margin:.25rem 0 1rem}
h2{font-size:1.05rem;margin:1.25rem 0 .25rem}
ol{padding-left:1.25rem;margin:.25rem 0 1rem}
.from{margin:0 0 1rem;overflow-wrap:anywhere}
.logo{max-width:12rem;max-height:4rem}
button{font:inherit;font-weight:600;width:100%;padding:.8rem 1rem;border:0;border-radius:.5rem;color:#fff;background:#0b5cad;cursor:pointer}
button:hover{background:#094a8c}
button:focus-visible,a:focus-visible{outline:3px solid #f0a500;outline-offset:2px}
a{color:#0b5cad;overflow-wrap:anywhere}
.note{border-left:4px solid #f0a500;padding:.25rem 0 .25rem .75rem}
footer{font-size:.85rem;color:#55626f}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#11161c}main{background:#1a2129;border-color:#35404c}
a{color:#7cb8f7}button{background:#1f6fc4}button:hover{background:#2673c4}footer{color:#a3b0bd}}
@media(max-width:40rem){main{margin:0;min-height:100vh;border:0;border-radius:0}}
)";

Error bad(std::string_view what) { return Error{Fault::config, "envelope page: " + std::string(what)}; }

bool is_logo(std::string_view uri)
{
    constexpr std::array<std::string_view, 4> kinds = {"data:image/png;base64,", "data:image/jpeg;base64,",
                                                       "data:image/gif;base64,", "data:image/webp;base64,"};
    const auto kind = std::ranges::find_if(kinds, [&](std::string_view prefix) { return uri.starts_with(prefix); });
    if (kind == kinds.end() || uri.size() > max_logo_bytes) return false;
    return std::ranges::all_of(uri.substr(kind->size()), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_ascii_digit(c) || c == '+' || c == '/' || c == '=';
    });
}

std::string host_of(const PageFacts& facts) { return facts.service_url.substr(std::string_view("https://").size()); }

std::string meta(std::string_view name, std::string_view content)
{
    return "<meta name=\"" + std::string(name) + "\" content=\"" + escape_html(content) + "\">\n";
}

std::string format_head(const PageFacts& facts, const PagePhrases& words)
{
    std::string out = "<!doctype html>\n<html lang=\"" + std::string(format_language(facts.language)) +
                      "\">\n<head>\n<meta charset=\"utf-8\">\n";
    out +=
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        "form-action " +
        facts.service_url + "\">\n";
    out += meta("viewport", "width=device-width, initial-scale=1") + meta("referrer", "no-referrer") + meta("robots", "noindex");
    out +=
        meta("sealpost-format", "1") + meta("sealpost-envelope", facts.envelope_id) + meta("sealpost-service", facts.service_url);
    out += meta("sealpost-organisation", facts.organisation) + meta("sealpost-sender", facts.sender_address);
    out += "<title>" + fill_html(words.title, {{"organisation", facts.organisation}}) + "</title>\n";
    return out + "<style>\n" + std::string(style) + "</style>\n</head>\n";
}

std::string format_sender(const PageFacts& facts, const PagePhrases& words)
{
    std::string out;
    if (!facts.logo.empty())
        out += "<img class=\"logo\" src=\"" + escape_html(facts.logo) + "\" alt=\"" + escape_html(facts.organisation) + "\">\n";
    out += "<h1>" + escape_html(words.heading) + "</h1>\n<p class=\"from\">" + escape_html(words.sender) + " ";
    if (!facts.sender_name.empty()) out += "<strong><bdi>" + escape_html(facts.sender_name) + "</bdi></strong> ";
    out += "&lt;" + escape_html(facts.sender_address) + "&gt;";
    if (!facts.organisation.empty()) out += "<br>" + escape_html(facts.organisation);
    return out + "</p>\n";
}

// Empty where nothing is asked.
std::string_view find_proof_step(Proof proof, const PagePhrases& words)
{
    switch (proof) {
        case Proof::link: return {};
        case Proof::mailbox: return words.step_prove;
        case Proof::password: return words.step_password;
        case Proof::second_factor: break;
    }
    return words.step_second_factor;
}

std::string format_steps(const PageFacts& facts, const PagePhrases& words)
{
    const std::string host = host_of(facts);
    std::string out = "<p>" + fill_html(facts.proof == Proof::link ? words.how_by_link : words.how, {{"service", host}}) +
                      "</p>\n<h2>" + escape_html(words.steps_title) + "</h2>\n<ol>\n";
    for (const auto step :
         {words.step_open, find_proof_step(facts.proof, words), facts.may_reply ? words.step_read : words.step_read_only})
        if (!step.empty()) out += "<li>" + fill_html(step, {{"service", host}}) + "</li>\n";
    return out + "</ol>\n";
}

Result<> check_facts(const PageFacts& facts)
{
    if (!is_envelope_id(facts.envelope_id)) return bad("the envelope id is not 26 characters of base32");
    const auto url = parse_service_url(facts.service_url);
    if (url.has_error() || *url != facts.service_url) return bad("the service URL is not an https origin");
    if (!facts.logo.empty() && !is_logo(facts.logo))
        return bad("the logo is not a data URI of a PNG, JPEG, GIF or WebP image up to 64 KiB");
    return {};
}

std::string unescape(std::string_view text)
{
    constexpr std::array<std::pair<std::string_view, char>, 6> entities = {
        {{"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}, {"&#45;", '-'}, {"&amp;", '&'}}};
    std::string out;
    while (!text.empty()) {
        const auto entity = std::ranges::find_if(entities, [&](const auto& one) { return text.starts_with(one.first); });
        out += entity == entities.end() ? text.front() : entity->second;
        text.remove_prefix(entity == entities.end() ? 1 : entity->first.size());
    }
    return out;
}

std::string read_meta(std::string_view page, std::string_view name)
{
    const std::string start = "<meta name=\"" + std::string(name) + "\" content=\"";
    const std::size_t at = page.find(start);
    if (at == std::string_view::npos) return {};
    const std::string_view rest = page.substr(at + start.size(), max_claim_bytes);
    const std::size_t end = rest.find('"');
    if (end == std::string_view::npos) return {};
    return mail::clean_utf8(unescape(rest.substr(0, end)), mail::Controls::none);
}

}  // namespace

std::string make_envelope_id() { return format_base32(crypto::random_bytes(id_octets)); }

bool is_envelope_id(std::string_view text)
{
    return text.size() == id_characters &&
           std::ranges::all_of(text, [](char c) { return base32_alphabet.find(c) != std::string_view::npos; });
}

Result<std::string> parse_service_url(std::string_view text)
{
    const Error bad_url{Fault::config, "the service URL is an https origin such as https://keys.example.org"};
    const std::string lower = ascii_lower(text);
    std::string_view rest = lower;
    if (!rest.starts_with("https://")) return bad_url;
    rest.remove_prefix(8);
    if (rest.ends_with('/')) rest.remove_suffix(1);
    const std::size_t colon = rest.find(':');
    const auto host = mail::parse_domain(rest.substr(0, colon));
    if (host.has_error()) return bad_url;
    if (colon == std::string_view::npos) return "https://" + *host;
    const auto port = parse_decimal(rest.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) return bad_url;
    return *port == 443 ? "https://" + *host : "https://" + *host + ":" + std::to_string(*port);
}

std::string open_url(const PageFacts& facts)
{
    return facts.service_url + (facts.hosted ? "/open/" + facts.envelope_id : "/open");
}

std::string why_url(const PageFacts& facts, std::string_view domain)
{
    const auto is_plain = [](char c) { return is_ascii_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '.'; };
    const std::string page = facts.service_url + "/tls";
    if (domain.empty() || !std::all_of(domain.begin(), domain.end(), is_plain)) return page;
    return page + "?domain=" + std::string(domain);
}

Result<std::string> page_head(const PageFacts& facts)
{
    SEALPOST_CHECK(check_facts(facts));
    const PagePhrases& words = phrases(facts.language).page;
    std::string out = format_head(facts, words) + "<body>\n<main>\n" + format_sender(facts, words) + format_steps(facts, words);
    out += "<form method=\"post\" enctype=\"multipart/form-data\" action=\"" + escape_html(facts.service_url) + "/ingest\">\n";
    out += "<input type=\"hidden\" name=\"id\" value=\"" + facts.envelope_id + "\">\n";
    // HTML drops the first line feed inside a textarea, so that the armor begins its own line here.
    return out + "<textarea name=\"envelope\" hidden readonly aria-hidden=\"true\">\n";
}

std::string page_tail(const PageFacts& facts)
{
    const PagePhrases& words = phrases(facts.language).page;
    std::string out = "</textarea>\n<button type=\"submit\">" + escape_html(words.button) + "</button>\n</form>\n";
    out += "<p>" + escape_html(facts.hosted ? words.link_before : words.hand_in_before) + "<br><a href=\"" +
           escape_html(open_url(facts)) + "\" rel=\"noopener noreferrer\">" +
           fill_html(words.link, {{"service", host_of(facts)}}) + "</a></p>\n";
    if (facts.expires_at)
        out += "<p>" + fill_html(words.expires, {{"time", format_time_for_people(*facts.expires_at, facts.language)}}) + "</p>\n";
    out += "<p class=\"note\">" + escape_html(words.no_password) + "</p>\n";
    return out + "<footer>" + escape_html(words.footer) + "</footer>\n</main>\n</body>\n</html>\n";
}

PageClaims read_claims(std::string_view beginning_of_page)
{
    PageClaims claims;
    claims.envelope_id = read_meta(beginning_of_page, "sealpost-envelope");
    if (!is_envelope_id(claims.envelope_id)) claims.envelope_id.clear();
    claims.service_url = read_meta(beginning_of_page, "sealpost-service");
    claims.organisation = read_meta(beginning_of_page, "sealpost-organisation");
    claims.sender_address = read_meta(beginning_of_page, "sealpost-sender");
    const std::size_t lang = beginning_of_page.find("<html lang=\"");
    if (lang != std::string_view::npos) claims.language = format_language(parse_language(beginning_of_page.substr(lang + 12, 2)));
    return claims;
}

}  // namespace sealpost::seal
