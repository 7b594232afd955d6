// See oracle.h.
#include "oracle.h"

#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>

struct oracle {
    cv::CascadeClassifier classifier;
};

extern "C" {

struct oracle *oracle_create(const char *path)
{
    cv::setNumThreads(1);
    auto *made = new oracle;
    if (made->classifier.load(path))
        return made;
    delete made;
    return nullptr;
}

void oracle_destroy(struct oracle *oracle)
{
    delete oracle;
}

int oracle_detect(struct oracle *oracle, const uint8_t *grey, int width, int height, int stride,
                  double scale_factor, int min_neighbours, int min_px, int max_px,
                  struct oracle_rect *rects, int max)
{
    cv::Mat picture(height, width, CV_8U, const_cast<uint8_t *>(grey), static_cast<size_t>(stride));
    std::vector<cv::Rect> found;
    std::vector<int> counts;
    oracle->classifier.detectMultiScale(picture, found, counts, scale_factor, min_neighbours, 0,
                                        cv::Size(min_px, min_px), cv::Size(max_px, max_px));
    int n = static_cast<int>(found.size());
    for (int i = 0; i < n && i < max; i++) {
        auto at = static_cast<size_t>(i);
        rects[i] = {found[at].x, found[at].y, found[at].width, found[at].height, counts[at]};
    }
    return n;
}

int oracle_group(struct oracle_rect *rects, int n, int min_neighbours, double distance)
{
    std::vector<cv::Rect> list;
    std::vector<int> counts;
    for (int i = 0; i < n; i++)
        list.emplace_back(rects[i].x, rects[i].y, rects[i].w, rects[i].h);
    cv::groupRectangles(list, counts, min_neighbours, distance);
    for (size_t i = 0; i < list.size(); i++)
        rects[i] = {list[i].x, list[i].y, list[i].width, list[i].height, counts[i]};
    return static_cast<int>(list.size());
}

void oracle_resize(const uint8_t *from, int width, int height, uint8_t *to, int to_width,
                   int to_height)
{
    cv::Mat source(height, width, CV_8U, const_cast<uint8_t *>(from));
    cv::Mat result(to_height, to_width, CV_8U, to);
    cv::resize(source, result, result.size(), 0, 0, cv::INTER_LINEAR_EXACT);
}

void oracle_shrink(const uint8_t *from, int width, int height, int stride, uint8_t *to, int to_width,
                   int to_height)
{
    cv::Mat source(height, width, CV_8U, const_cast<uint8_t *>(from), static_cast<size_t>(stride));
    cv::Mat result(to_height, to_width, CV_8U, to);
    cv::resize(source, result, result.size(), 0, 0, cv::INTER_AREA);
}
}
