#include "sys/http/fields.hpp"

#include <boost/json/array.hpp>

namespace sealpost::http {
namespace {

const boost::json::object& no_object()
{
    static const boost::json::object none;
    return none;
}

}  // namespace

Fields::Fields(const boost::json::object& object) : object_(&object), problem_(std::make_shared<std::optional<Problem>>()) {}

bool Fields::has(std::string_view name) const
{
    const auto* value = object_->if_contains(name);
    return value && !value->is_null();
}

const boost::json::value* Fields::find(std::string_view name)
{
    const auto* value = object_->if_contains(name);
    if (!value) complain(name, "is missing");
    return value;
}

std::string_view Fields::find_text(std::string_view name, std::size_t max_bytes)
{
    const auto* value = find(name);
    if (!value) return {};
    if (!value->is_string()) {
        complain(name, "is no text");
        return {};
    }
    const auto& text = value->get_string();
    if (text.size() <= max_bytes) return {text.data(), text.size()};
    complain(name, "is too long");
    return {};
}

std::string Fields::text(std::string_view name, std::size_t max_bytes) { return std::string(find_text(name, max_bytes)); }

std::string Fields::text_or(std::string_view name, std::size_t max_bytes, std::string_view otherwise)
{
    return has(name) ? text(name, max_bytes) : std::string(otherwise);
}

Secret Fields::secret(std::string_view name, std::size_t max_bytes) { return Secret::copy_of(find_text(name, max_bytes)); }

Secret Fields::secret_or_empty(std::string_view name, std::size_t max_bytes)
{
    return has(name) ? secret(name, max_bytes) : Secret();
}

bool Fields::flag(std::string_view name)
{
    const auto* value = find(name);
    if (value && !value->is_bool()) complain(name, "is neither true nor false");
    return value && value->is_bool() && value->get_bool();
}

bool Fields::flag_or(std::string_view name, bool otherwise) { return has(name) ? flag(name) : otherwise; }

std::uint64_t Fields::number(std::string_view name)
{
    const auto* value = find(name);
    if (!value) return 0;
    if (value->is_int64() && value->get_int64() >= 0) return static_cast<std::uint64_t>(value->get_int64());
    if (value->is_uint64()) return value->get_uint64();
    complain(name, "is no whole number from 0");
    return 0;
}

std::vector<std::string> Fields::texts(std::string_view name, std::size_t most, std::size_t max_bytes)
{
    const auto* value = find(name);
    if (!value) return {};
    if (!value->is_array() || value->get_array().size() > most) {
        complain(name, "is no list, or too long a one");
        return {};
    }
    std::vector<std::string> all;
    for (const auto& entry : value->get_array()) {
        if (entry.is_string() && entry.get_string().size() <= max_bytes)
            all.emplace_back(entry.get_string());
        else
            complain(name, "holds something other than a text of moderate length");
    }
    return all;
}

Fields Fields::object(std::string_view name)
{
    const auto* value = find(name);
    if (value && !value->is_object()) complain(name, "is no object");
    Fields inner(value && value->is_object() ? value->get_object() : no_object());
    inner.prefix_ = prefix_ + std::string(name) + ".";
    inner.problem_ = problem_;
    return inner;
}

void Fields::complain(std::string_view name, std::string_view why)
{
    if (*problem_) return;
    const std::string field = prefix_ + std::string(name);
    *problem_ = bad_request(field, "\"" + field + "\" " + std::string(why));
}

Checked<void> Fields::check() const
{
    if (*problem_) return **problem_;
    return {};
}

}  // namespace sealpost::http
