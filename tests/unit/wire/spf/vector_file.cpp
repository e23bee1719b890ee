#include "wire/spf/vector_file.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <stdexcept>

namespace sealpost::spf {
namespace {

std::string unescape(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool octet = text[i] == '\\' && i + 3 < text.size() && parse_decimal(text.substr(i + 1, 3));
        out += octet ? static_cast<char>(*parse_decimal(text.substr(i + 1, 3))) : text[i];
        if (octet) i += 3;
    }
    return out;
}

unsigned number(std::string_view value)
{
    const auto parsed = parse_decimal(value);
    if (!parsed) throw std::invalid_argument("not a number: " + std::string(value));
    return static_cast<unsigned>(*parsed);
}

class VectorFile {
public:
    VectorFile(std::string_view text, std::string name) : name_(std::move(name))
    {
        for (const std::string_view line : split(text, '\n')) {
            if (line.empty() || line.front() == '#') continue;
            const std::size_t space = std::min(line.find(' '), line.size());
            const std::string_view key = line.substr(0, space);
            const std::string_view value = line.substr(std::min(space + 1, line.size()));
            if (key == "case") {
                begin_case(value);
            } else if (cases_.empty()) {
                zone_ += unescape(line) + '\n';
            } else {
                add(key, with_domain(unescape(value)));
            }
        }
        for (Vector& vector : cases_) {
            vector.zone = zone_;
            if (vector.result.empty()) throw std::invalid_argument(name_ + ": no result: " + vector.title);
        }
    }

    std::vector<Vector> take() { return std::move(cases_); }

private:
    void begin_case(std::string_view title)
    {
        Vector vector;
        vector.name = name_ + "_" + std::to_string(cases_.size() + 1);
        vector.title = title;
        vector.question.ip = *parse_ip("192.0.2.1");
        vector.question.helo = "mx.example.org";
        cases_.push_back(std::move(vector));
        domain_ = "c" + std::to_string(cases_.size()) + ".example.com";
    }

    [[nodiscard]] std::string with_domain(std::string value) const
    {
        constexpr std::string_view placeholder = "{d}";
        // "%{d}" is a macro.
        for (std::size_t at = value.find(placeholder); at != std::string::npos; at = value.find(placeholder, at + 1))
            if (at == 0 || value[at - 1] != '%') value.replace(at, placeholder.size(), domain_);
        return value;
    }

    void add(std::string_view key, const std::string& value)
    {
        Vector& vector = cases_.back();
        Question& question = vector.question;
        if (key == "record") {
            zone_ += domain_ + " TXT " + value + '\n';
            if (question.mail_from.empty()) question.mail_from = "user@" + domain_;
        } else if (key == "ip") {
            question.ip = parse_ip(value).value();
        } else if (key == "helo") {
            question.helo = value;
        } else if (key == "from") {
            question.mail_from = value == "<>" || value == "-" ? std::string() : value;
            vector.identity = value == "-" ? Identity::helo : Identity::mail_from;
        } else if (key == "receiver") {
            question.receiver = value;
        } else if (key == "at") {
            question.at = WallTime(std::chrono::seconds(number(value)));
        } else if (key != "library") {
            expect(vector, key, value);
        }
    }

    void expect(Vector& vector, std::string_view key, const std::string& value) const
    {
        if (key == "result") {
            vector.result = value;
        } else if (key == "mechanism") {
            vector.mechanism = value;
        } else if (key == "explanation") {
            vector.explanation = value == "none" ? std::string() : value;
        } else if (key == "domain") {
            vector.domain = value;
        } else if (key == "lookups") {
            vector.lookups = number(value);
        } else if (key == "void") {
            vector.void_lookups = number(value);
        } else if (key == "asks") {
            vector.asks = number(value);
        } else {
            throw std::invalid_argument(name_ + ": unknown key " + std::string(key));
        }
    }

    std::string name_;
    std::string zone_;
    std::string domain_;  // of the case under way
    std::vector<Vector> cases_;
};

}  // namespace

void PrintTo(const Vector& vector, std::ostream* out) { *out << vector.title; }

std::vector<Vector> load_vectors()
{
    std::vector<Vector> all;
    for (const auto& entry : std::filesystem::directory_iterator(SEALPOST_SOURCE_DIR "/tests/vectors/spf")) {
        if (entry.path().extension() != ".spf") continue;
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        std::string name = entry.path().stem().string();
        std::ranges::replace_if(
            name, [](char c) { return c == '.' || c == '-'; }, '_');
        auto cases = VectorFile(text, std::move(name)).take();
        std::ranges::move(cases, std::back_inserter(all));
    }
    return all;
}

}  // namespace sealpost::spf
