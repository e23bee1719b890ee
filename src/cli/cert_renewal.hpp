#pragma once

#include "cli/context.hpp"
#include "core/certificates/store.hpp"

#include <boost/json/object.hpp>

namespace sealpost::cli {

// What the node has noted of certificates that an authority renews (doc/spec/acme.md, "State"). Writes nothing.
class RenewalNotes {
public:
    [[nodiscard]] static Result<RenewalNotes> open(const Context& context);

    // Sets "renewal" of an entry's JSON, and answers its line for people; empty for a certificate that nobody renews.
    std::string add_to(boost::json::object& object, const certificates::Entry& entry) const;

private:
    std::filesystem::path data_dir_;
};

}  // namespace sealpost::cli
