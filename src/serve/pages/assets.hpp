// The web pages inside the binary: reader, portal, the page about TLS and demo inbox, built from web/ by Vite and
// embedded at link time, and how they are shown (show.hpp), with those that tell a problem (problem_page.hpp). Called by the
// rooms that answer HTTP (serve/reader, serve/admin, serve/demo); it decides nothing and allocates nothing. Any thread. A missing
// asset is nullptr, and in a build without SEALPOST_WEB every asset is missing: callers answer 404.
//
// Paths as the table knows them: "reader/index.html" (for /open and /open/{ref}),
// "portal/index.html" (for /portal and all below it), "tls/index.html" (for /tls and all below it),
// "inbox/index.html" (the demo's page), and "assets/<name>-<hash>.<type>", which the pages ask for as /assets/….
#pragma once

#include <span>
#include <string_view>

namespace sealpost::pages {

struct Asset {
    std::string_view path;
    std::string_view content_type;
    std::string_view bytes;
    std::string_view etag;   // with its quotes, ready for the header
    bool immutable = false;  // the name carries a hash: may be cached for ever
};

// `path` is relative, without a leading slash. The result lives as long as the program.
const Asset* find_asset(std::string_view path);

// Every embedded asset, sorted by path.
std::span<const Asset> all_assets();

// The Content-Security-Policy that all these pages must be served with.
// A message's frame inherits it: style attributes (style-src-attr) and data: pictures are allowed
// for the sake of mail shown there; no <style>, no script but our own files, and frames lead
// nowhere (a frame-src with 'self' let a hostile mail navigate its frame to the service).
inline constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-src 'none'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types dompurify sealpost-message";

}  // namespace sealpost::pages
