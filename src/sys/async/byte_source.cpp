#include "sys/async/byte_source.hpp"

namespace sealpost::async {

Task<Result<std::string>> StringSource::next()
{
    std::string piece = text_.substr(at_, max_piece_bytes);
    at_ += piece.size();
    co_return piece;
}

}  // namespace sealpost::async
