#pragma once

#include "wire/smtp/transcript.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sealpost::smtp {

inline const std::string envelope = "MAIL FROM:<alice@acme.test>\r\nRCPT TO:<bob@partner.test>\r\n";

inline Transcript in_data()
{
    Transcript transcript = greeted();
    transcript.feed(envelope + "DATA\r\n");
    EXPECT_THAT(transcript.last(), ::testing::StartsWith("354 "));
    return transcript;
}

inline Transcript ready_for_auth()
{
    ServerProfile profile = Transcript::usual();
    profile.tls_active = profile.may_offer_auth = profile.require_auth = true;
    return greeted(profile);
}

}  // namespace sealpost::smtp
