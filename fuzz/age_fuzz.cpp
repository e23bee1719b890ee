// room: wire/seal
// Age files and armor from outside: the verdict and the octets do not depend on where the pieces fall.
#include "base/bytes.hpp"
#include "wire/seal/armor.hpp"
#include "wire/seal/bech32.hpp"
#include "wire/seal/identity.hpp"
#include "wire/seal/opener.hpp"

#include <cstdlib>

namespace {

using namespace sealpost;

// The key of tests/vectors/seal, so that seeds get past the header.
const seal::Identity& identity()
{
    static const seal::Identity key =
        seal::Identity::parse("AGE-SECRET-KEY-133MMTVU8VCDTGKUKUSXVZ2XK9J84GW9WSJ8S0S2ELHJCPND466MSY350TK").value();
    return key;
}

template <class Reader>
std::string read_in_pieces(Reader reader, std::string_view text, std::size_t piece, bool& sound)
{
    std::string out;
    sound = true;
    for (std::size_t at = 0; at < text.size() && sound; at += piece) {
        const auto got = reader.append(text.substr(at, piece));
        sound = got.has_value();
        if (sound) out += *got;
    }
    if (!sound) return {};
    auto rest = reader.finish();
    sound = rest.has_value();
    if constexpr (!std::is_void_v<typename decltype(rest)::value_type>)
        if (sound) out += *rest;
    return sound ? out : std::string();
}

template <class MakeReader>
void compare(MakeReader make, std::string_view text)
{
    bool whole_sound = false, pieces_sound = false;
    const std::string whole = read_in_pieces(make(), text, text.size() + 1, whole_sound);
    const std::string pieces = read_in_pieces(make(), text, 3, pieces_sound);
    if (whole_sound != pieces_sound || whole != pieces) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = as_text({data, size});
    compare([] { return seal::Opener(identity()); }, text);
    compare([] { return seal::ArmorReader(); }, text);
    (void)seal::Identity::parse_file(text);
    const auto octets = seal::decode_bech32("age", text);
    if (octets.has_value() && !seal::encode_bech32("age", octets->reveal()).equals(as_bytes(text)))
        if (text.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos) std::abort();
    return 0;
}
