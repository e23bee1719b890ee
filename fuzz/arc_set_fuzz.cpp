// room: wire/dkim
// A head against the reader of ARC sets, and a sealer that is to add one more.
#include "sys/async/workers.hpp"
#include "sys/dns/canned_resolver.hpp"
#include "wire/dkim/chain.hpp"
#include "wire/dkim/chain_sealer.hpp"
#include "wire/mail/header_block.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace sealpost;
using namespace sealpost::dkim;

const SigningKey& key()
{
    static const auto made =
        SigningKey::make("acme.test", "arc", crypto::PrivateKey::make_rsa(least_key_bits).value().to_pem()).value();
    return made;
}

Task<void> finish_into(ChainSealer sealer, dns::Resolver& resolver, std::string& fields)
{
    auto made = co_await sealer.finish(resolver, Deadline::never());
    if (made.has_value()) fields = std::move(*made);
}

std::string seal(const mail::HeaderBlock& head)
{
    SealOptions options;
    options.authserv_id = "mx.acme.test";
    auto sealer = ChainSealer::begin(key(), std::move(options)).value();
    for (const auto& field : head.fields())
        if (sealer.append_field(field.raw).has_error()) return {};
    if (sealer.end_head().has_error()) return {};
    dns::CannedResolver resolver("");
    std::string fields;
    async::run_here([&] { return finish_into(std::move(sealer), resolver, fields); });
    return fields;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto head = mail::HeaderBlock::parse(text);
    if (head.has_error()) return 0;
    Head fields(1024 * 1024);
    for (const auto& field : head->fields()) fields.append(field.raw);
    const ChainShape chain = read_chain(fields, 50);
    if (chain.is_sound() && chain.sets.size() != chain.highest) std::abort();
    for (std::size_t i = 1; i <= chain.sets.size(); ++i) static_cast<void>(hash_seal(fields, chain, i));
    // What we add is read back as the next instance, whatever came before.
    const std::string added = seal(*head);
    if (added.empty()) return 0;
    const auto added_head = mail::HeaderBlock::parse(added);
    if (added_head.has_error() || added_head->fields().size() != 3) std::abort();
    if (find_instance(std::string_view(added_head->fields()[2].raw).substr(27)) != chain.highest + 1) std::abort();
    return 0;
}
