#pragma once

#include "base/secret.hpp"
#include "sys/http/respond.hpp"

#include <memory>

namespace sealpost::http {

// Reads the members of a JSON object by name, type and limit. The first complaint is kept (also from
// objects inside) and names its field; later reads answer empty values. Read all, then check().
class Fields {
public:
    // The object outlives the reader.
    explicit Fields(const boost::json::object& object);

    [[nodiscard]] bool has(std::string_view name) const;  // there, and not null
    std::string text(std::string_view name, std::size_t max_bytes);
    std::string text_or(std::string_view name, std::size_t max_bytes, std::string_view otherwise);
    Secret secret(std::string_view name, std::size_t max_bytes);  // a text of which no other copy is made
    Secret secret_or_empty(std::string_view name, std::size_t max_bytes);
    bool flag(std::string_view name);
    bool flag_or(std::string_view name, bool otherwise);
    std::uint64_t number(std::string_view name);
    std::vector<std::string> texts(std::string_view name, std::size_t most, std::size_t max_bytes);
    Fields object(std::string_view name);

    void complain(std::string_view name, std::string_view why);  // when the value itself is no good
    [[nodiscard]] Checked<void> check() const;                   // bad-request, if there was a complaint

private:
    const boost::json::value* find(std::string_view name);
    std::string_view find_text(std::string_view name, std::size_t max_bytes);  // empty with a complaint
    const boost::json::object* object_;
    std::string prefix_;
    std::shared_ptr<std::optional<Problem>> problem_;
};

}  // namespace sealpost::http
