#include "serve/pages/problem_page.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace sealpost::pages {
namespace {

struct PageWords {
    std::string_view title;
    std::string_view text;
    std::string_view next;
};
struct Entry {
    std::string_view name;  // of the problem
    PageWords english;
    PageWords french;
};

constexpr std::string_view open_english = "Open a message";
constexpr std::string_view open_french = "Ouvrir un message";

// The last one is for all others.
constexpr std::array<Entry, 7> entries{{
    {"not-found",
     {"This page does not exist", "The link is wrong or incomplete, or what it led to is gone.", "Go to the first page"},
     {"Cette page n’existe pas", "Le lien est faux ou incomplet, ou ce à quoi il menait a disparu.", "Aller à la première page"}},
    {"not-an-envelope",
     {"This is not a sealed message", "Drop the HTML file that was attached, or the whole mail that brought it.", open_english},
     {"Ceci n’est pas un message scellé", "Déposez le fichier HTML qui était joint, ou le courriel entier qui le contenait.",
      open_french}},
    {"bad-request",
     {"This was not understood", "The attachment is incomplete. Save it from the mail again, or follow the link in the mail.",
      open_english},
     {"Ceci n’a pas été compris",
      "La pièce jointe est incomplète. Enregistrez-la de nouveau depuis le courriel, ou suivez le lien du courriel.",
      open_french}},
    {"too-large",
     {"This is more than we take", "At most 64 MB can be opened.", open_english},
     {"C’est plus que ce que nous acceptons", "64 Mo au plus peuvent être ouverts.", open_french}},
    {"too-many-requests",
     {"Too much at once", "Many messages are being opened from your network. Please wait some minutes, then try again.",
      open_english},
     {"Trop à la fois", "Beaucoup de messages sont ouverts depuis votre réseau. Attendez quelques minutes, puis réessayez.",
      open_french}},
    {"try-later",
     {"The service cannot do this right now", "Please try again in a few minutes.", open_english},
     {"Le service ne peut pas le faire maintenant", "Réessayez dans quelques minutes.", open_french}},
    {"",
     {"Something went wrong on our side", "Please try again in a few minutes.", open_english},
     {"Un problème est survenu de notre côté", "Réessayez dans quelques minutes.", open_french}},
}};

// Small and whole: nothing is fetched for a page that tells of a failure.
constexpr std::string_view style = R"(:root{color-scheme:light dark}
*{box-sizing:border-box}
body{margin:0;font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:#1b2733;background:#eef1f5}
main{max-width:36rem;margin:2rem auto;padding:1.5rem;background:#fff;border:1px solid #d5dce4;border-radius:.75rem;overflow-wrap:anywhere}
h1{font-size:1.4rem;line-height:1.25;margin:.25rem 0 1rem}
a{color:#0b5cad}
a:focus-visible{outline:3px solid #f0a500;outline-offset:2px}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#11161c}main{background:#1a2129;border-color:#35404c}a{color:#7cb8f7}}
@media(max-width:40rem){main{margin:0;min-height:100vh;border:0;border-radius:0}}
)";
constexpr std::string_view policy =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

std::string format_page(const Entry& entry, Language language, std::string_view next)
{
    const PageWords& words = language == Language::fr ? entry.french : entry.english;
    std::string page = "<!doctype html><html lang=\"";
    page.append(format_language(language))
        .append("\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>");
    page.append(words.title).append("</title><style>").append(style).append("</style><main><h1>").append(words.title);
    page.append("</h1><p>").append(words.text).append("</p><p><a href=\"").append(next).append("\">");
    return page.append(words.next).append("</a></p></main>");
}

}  // namespace

Language language_of(const http::Request& request)
{
    const bool is_french = istarts_with(trim(request.headers.find("Accept-Language").value_or("")), "fr");
    return is_french ? Language::fr : Language::en;
}

bool wants_page(const http::Request& request)
{
    return ascii_lower(request.headers.find("Accept").value_or("")).find("text/html") != std::string::npos;
}

http::Response show_problem(const http::Request& request, const http::Problem& problem, std::string_view next)
{
    const auto* entry =
        std::find_if(entries.begin(), entries.end() - 1, [&](const Entry& one) { return one.name == problem.name; });
    auto response =
        http::text_response(problem.status, "text/html; charset=utf-8", format_page(*entry, language_of(request), next));
    response.headers.set("Vary", "Accept, Accept-Language");
    response.headers.set("Content-Security-Policy", std::string(policy));
    if (problem.retry_after) response.headers.set("Retry-After", std::to_string(problem.retry_after->count()));
    response.note = problem.name;
    return response;
}

Task<http::Response> show_unknown(http::Request& request)
{
    const bool is_api = request.path == "/api" || request.path.starts_with("/api/");
    const bool is_visit = request.method == http::Method::get || request.method == http::Method::head;
    if (!is_api && is_visit && wants_page(request)) co_return show_problem(request, http::not_found(), "/");
    co_return http::problem_response(http::not_found());
}

}  // namespace sealpost::pages
