#pragma once

#include "wire/seal/page.hpp"

namespace sealpost::seal {

// Of an envelope whose names try to break out.
inline PageFacts sample_facts()
{
    PageFacts facts;
    facts.envelope_id = "abcdefghijklmnopqrstuvwxy2";
    facts.service_url = "https://keys.test:8443";
    facts.organisation = "Acme <& \"Sons\">";
    facts.sender_name = "Alice <script>alert(1)</script>";
    facts.sender_address = "alice@acme.test";
    facts.expires_at = WallTime(std::chrono::sys_days(std::chrono::year(2027) / 2 / 22) + std::chrono::hours(8));
    return facts;
}

}  // namespace sealpost::seal
