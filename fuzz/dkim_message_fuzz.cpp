// room: wire/dkim
// A whole message against the verifier, with keys at fixed names; its body comes in pieces, and every way of
// cutting it must give the same verdicts.
#include "sys/async/workers.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "wire/dkim/verifier.hpp"
#include "wire/mail/header_block.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace sealpost;
using namespace sealpost::dkim;

// The Ed25519 key of RFC 8463 and the RSA key of the vectors.
dns::CannedResolver& keys()
{
    static dns::CannedResolver resolver(
        "brisbane._domainkey.football.example.com TXT v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
        "arc._domainkey.list.test TXT v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCzbwdOkV5qZsctNJQWMJ/SltdMc7uCodzN2VtYaZRk"
        "EojQVxur/cEkWHkAvmM9bTH3sUgNj6fk9btWIrhbWmMhUQa9LGYUISQss/E0oNXjAqRUkrZ99ILEyi1eXTKlBrVYfhLrelEXB4LqZqbZrIohjevwftTLGAwi"
        "g/fHAAJOFQIDAQAB\n"
        "slow.test TEMPORARY\n");
    return resolver;
}

Task<void> finish_into(Verifier verifier, MessageReport& report)
{
    auto found = co_await verifier.finish(keys(), Deadline::never());
    report = std::move(found);
}

MessageReport verify(const mail::HeaderBlock& head, std::string_view body, std::size_t piece_bytes)
{
    auto verifier = Verifier::begin(WallTime(std::chrono::hours(498'000)));
    for (const auto& field : head.fields()) verifier.append_field(field.raw);
    verifier.end_head();
    for (; !body.empty(); body.remove_prefix(std::min(piece_bytes, body.size())))
        verifier.append_body(body.substr(0, piece_bytes));
    MessageReport report;
    async::run_here([&] { return finish_into(std::move(verifier), report); });
    return report;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto end = mail::find_end_of_head(text);
    if (!end) return 0;
    const auto head = mail::HeaderBlock::parse(text.substr(0, *end));
    if (head.has_error()) return 0;
    const auto whole = verify(*head, text.substr(*end), size + 1);
    const auto cut = verify(*head, text.substr(*end), 1);
    if (whole.signatures.size() != cut.signatures.size() || whole.signatures.size() > 10) std::abort();
    for (std::size_t i = 0; i < whole.signatures.size(); ++i)
        if (whole.signatures[i].verdict != cut.signatures[i].verdict) std::abort();
    if (whole.chain.verdict != cut.chain.verdict || whole.chain.instances > 50) std::abort();
    return 0;
}
