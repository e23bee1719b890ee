// room: wire/dkim
// A signature field as it came in a message, and a key record as it came from DNS.
#include "wire/dkim/head.hpp"
#include "wire/dkim/key_record.hpp"
#include "wire/dkim/tags.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace sealpost;
using namespace sealpost::dkim;

void check_tags(std::string_view text, EmptyTags empty)
{
    const auto tags = TagList::parse(text, empty);
    if (tags.has_error()) return;
    for (const auto& tag : tags->tags()) {
        const bool is_within = tag.begin <= tag.end && tag.end <= text.size();
        if (!is_within || tags->find(tag.name) != &tag) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto empty : {EmptyTags::refused, EmptyTags::skipped}) check_tags(text, empty);
    for (const auto kind : {FieldKind::dkim, FieldKind::arc_message, FieldKind::arc_seal}) {
        SignatureField field;
        const auto read = read_signature(text, kind, field);
        if (read.is_good() && (field.domain.empty() || field.selector.empty() || field.signature.empty())) std::abort();
    }
    if (const auto record = parse_key_record(text)) static_cast<void>(crypto::PublicKey::parse_rsa(record->key));
    const std::string field = "DKIM-Signature:" + std::string(text);
    for (const auto canon : {Canon::simple, Canon::relaxed})
        if (format_unsigned(field, canon).find(':') == std::string::npos) std::abort();
    return 0;
}
