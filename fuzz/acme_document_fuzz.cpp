// room: wire/acme
// Documents of an authority: whatever they hold, what is read keeps its limits.
#include "wire/acme/documents.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace sealpost;

void expect(bool holds)
{
    if (!holds) std::abort();
}

bool is_printable(std::string_view text)
{
    for (const char c : text)
        if ((c >= 0 && c < ' ') || c == 0x7f) return false;
    return true;
}

void try_order(std::string_view text)
{
    const auto order = acme::parse_order(text);
    if (order.has_error()) return;
    expect(!order->authorizations.empty() && order->authorizations.size() <= acme::max_names);
    for (const auto& url : order->authorizations) expect(acme::is_document_url(url));
    expect(acme::is_document_url(order->finalize));
    expect(order->status != acme::Status::valid || acme::is_document_url(order->certificate));
}

void try_authorization(std::string_view text)
{
    const auto authorization = acme::parse_authorization(text);
    if (authorization.has_error()) return;
    expect(!authorization->name.empty() && authorization->name.find('/') == std::string::npos);
    expect(is_printable(authorization->problem_text()));
    for (const char* type : {"http-01", "tls-alpn-01"})
        if (const auto* challenge = authorization->find_challenge(type))
            expect(acme::is_token(challenge->token) && acme::is_document_url(challenge->url));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t count)
{
    const std::string_view text(reinterpret_cast<const char*>(octets), count);
    if (const auto directory = acme::parse_directory(text))
        expect(acme::is_document_url(directory->new_nonce) && acme::is_document_url(directory->new_order));
    try_order(text);
    try_authorization(text);
    if (const auto problem = acme::parse_problem(text)) expect(problem->text.size() <= 500 && is_printable(problem->text));
    const WallTime now{std::chrono::hours(490'000)};
    if (const auto wait = acme::parse_retry_after(text, now)) expect(wait->count() >= 0 && wait->count() <= 31'536'000);
    return 0;
}
