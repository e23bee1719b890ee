// room: wire/seal
// Whatever a person may drop on the service: pages, armor, age files, whole messages.
#include "base/bytes.hpp"
#include "wire/seal/envelope_reader.hpp"
#include "wire/seal/html.hpp"

#include <cstdlib>

namespace {

using namespace sealpost;

struct Outcome {
    bool sound = false;
    std::string octets;
    std::string id;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(std::string_view text, std::size_t piece)
{
    seal::EnvelopeReader reader;
    Outcome outcome;
    for (std::size_t at = 0; at < text.size(); at += piece) {
        const auto got = reader.append(text.substr(at, piece));
        if (got.has_error()) return {false, {}, reader.claims().envelope_id};
        outcome.octets += *got;
    }
    const auto rest = reader.finish();
    if (rest.has_error()) return {false, {}, reader.claims().envelope_id};
    outcome.octets += *rest;
    outcome.sound = true;
    outcome.id = reader.claims().envelope_id;
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = as_text({data, size});
    const Outcome whole = read(text, text.size() + 1);
    if (!(whole == read(text, 5))) std::abort();
    if (!whole.id.empty() && !seal::is_envelope_id(whole.id)) std::abort();
    const std::string escaped = seal::escape_html(text);
    if (escaped.find_first_of("<>\"'") != std::string::npos) std::abort();
    (void)seal::parse_service_url(text);
    return 0;
}
