#pragma once

#include "wire/seal/envelope_reader.hpp"

namespace sealpost::seal {

// The age file out of a text at hand.
inline Result<std::string> extract_age_file(std::string_view upload)
{
    EnvelopeReader reader;
    SEALPOST_TRY(std::string out, reader.append(upload));
    SEALPOST_TRY(const std::string rest, reader.finish());
    return out + rest;
}

}  // namespace sealpost::seal
