#pragma once

#include "base/language.hpp"
#include "sys/http/respond.hpp"

#include <string_view>

namespace sealpost::pages {

// The language of a browser, where it is ours to phrase: what Accept-Language begins with.
[[nodiscard]] Language language_of(const http::Request& request);

// A person's browser rather than a program or a script asks: it names text/html.
[[nodiscard]] bool wants_page(const http::Request& request);

// A problem as a page in English or French, without script, whole in itself, with a way on: `next` is a path of ours.
[[nodiscard]] http::Response show_problem(const http::Request& request, const http::Problem& problem, std::string_view next);

// Answers for paths that are not known: a page for a person who follows a link, problem details for all others and below /api.
Task<http::Response> show_unknown(http::Request& request);

}  // namespace sealpost::pages
