// Inside serve/courier: content that is read once to be signed or sealed.
#pragma once

#include "sys/async/byte_source.hpp"
#include "sys/async/task.hpp"
#include "wire/mail/header_block.hpp"

namespace sealpost::courier {

struct Beginning {
    mail::HeaderBlock head;
    std::string body;  // what was read of it
};

// Fault::peer_broke_it: a head that is broken or does not end.
Task<Result<Beginning>> read_beginning(async::ByteSource& content);

// Puts the whole message into a dkim::Signer or dkim::ChainSealer, up to its last step.
template <class Reader>
Task<Result<>> read_into(Reader& reader, const Beginning& beginning, async::ByteSource& content)
{
    for (const auto& field : beginning.head.fields()) SEALPOST_CO_CHECK(reader.append_field(field.raw));
    SEALPOST_CO_CHECK(reader.end_head());
    reader.append_body(beginning.body);
    for (;;) {
        SEALPOST_CO_TRY(const std::string piece, co_await content.next());
        if (piece.empty()) break;
        reader.append_body(piece);
    }
    co_return Result<>();
}

}  // namespace sealpost::courier
