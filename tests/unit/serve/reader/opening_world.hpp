#pragma once

#include "serve/reader/reader_world.hpp"
#include "wire/seal/page.hpp"

namespace sealpost::test {

// The attachment that was handed in, and what the service tells of it.
class OpeningWorld : public ReaderWorld {
protected:
    std::string make_page(const std::string& binary)
    {
        seal::PageFacts facts;
        facts.envelope_id = id_;
        facts.service_url = "https://keys.test";
        facts.organisation = "Acme Ltd";
        facts.sender_address = "alice@acme.test";
        return seal::page_head(facts).value() + armor(binary) + seal::page_tail(facts);
    }

    Answer card(const std::string& ref)
    {
        Client nobody;
        return get(nobody, "/api/v1/open/" + ref);
    }
    std::string content(const std::string& ref)
    {
        Client nobody;
        return get(nobody, "/api/v1/open/" + ref + "/content").body;
    }
};

}  // namespace sealpost::test
