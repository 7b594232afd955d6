/* See cv_shim.h. Raw windows are asked for together with their level weights and grouped in C
 * (window_group.c): with weights wanted, OpenCV's own grouping compares the stage number, not the
 * number of neighbours, against its threshold, so that minNeighbors has no effect. */
#include "cv_shim.h"

#include <opencv2/core.hpp>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>

#include <exception>
#include <mutex>
#include <new>
#include <vector>

struct cv_shim_cascade {
    cv::CascadeClassifier classifier;
    std::vector<cv::Rect> rects;
    std::vector<int> levels;
    std::vector<double> weights;
    std::vector<cv_shim_window> windows;
};

namespace
{

int stay_silent(int, const char *, const char *, const char *, int, void *)
{
    return 0;
}

void set_up_once()
{
    static std::once_flag once;
    std::call_once(once, [] {
        cv::setNumThreads(1);
        cv::redirectError(stay_silent); /* some builds print to stderr before they throw */
    });
}

/* The status and text of the exception being handled. */
int fail_current(int refused, const char *what)
{
    try {
        throw;
    } catch (const std::bad_alloc &) {
        return fb_fail(FB_ERR_NOMEM, "%s: out of memory", what);
    } catch (const cv::Exception &e) {
        return fb_fail(e.code == cv::Error::StsNoMem ? static_cast<int>(FB_ERR_NOMEM) : refused,
                       "%s: %s", what, e.err.c_str());
    } catch (const std::exception &e) {
        return fb_fail(FB_ERR_FAILED, "%s: %s", what, e.what());
    } catch (...) {
        return fb_fail(FB_ERR_FAILED, "%s: unknown C++ exception", what);
    }
}

cv::Mat wrap(const uint8_t *pixels, int width, int height, int stride)
{
    return cv::Mat(height, width, CV_8UC1, const_cast<uint8_t *>(pixels),
                   static_cast<size_t>(stride));
}

} // namespace

int cv_shim_cascade_load(const char *path, cv_shim_cascade **out)
{
    *out = nullptr;
    cv_shim_cascade *cascade = nullptr;
    try {
        set_up_once();
        cascade = new cv_shim_cascade;
        if (cascade->classifier.load(path) && !cascade->classifier.empty() &&
            cascade->classifier.getOriginalWindowSize().area() > 0) {
            *out = cascade;
            return FB_OK;
        }
    } catch (...) {
        delete cascade;
        return fail_current(FB_ERR_INPUT, path);
    }
    delete cascade;
    return fb_fail(FB_ERR_INPUT, "%s: not a cascade that OpenCV can read", path);
}

void cv_shim_cascade_free(cv_shim_cascade **cascade)
{
    delete *cascade;
    *cascade = nullptr;
}

int cv_shim_cascade_window_px(const cv_shim_cascade *cascade)
{
    cv::Size size = cascade->classifier.getOriginalWindowSize();
    return size.width > size.height ? size.width : size.height;
}

int cv_shim_cascade_scan(cv_shim_cascade *cascade, const uint8_t *grey, int width, int height,
                         int stride, double scale_factor, int min_side_px, int max_side_px,
                         const cv_shim_window **windows)
{
    *windows = nullptr;
    try {
        cascade->classifier.detectMultiScale(wrap(grey, width, height, stride), cascade->rects,
                                             cascade->levels, cascade->weights, scale_factor, 0, 0,
                                             cv::Size(min_side_px, min_side_px),
                                             cv::Size(max_side_px, max_side_px), true);
        size_t n = cascade->rects.size();
        cascade->windows.resize(n);
        for (size_t i = 0; i < n; i++) {
            const cv::Rect &r = cascade->rects[i];
            double weight = i < cascade->weights.size() ? cascade->weights[i] : 0.0;
            cascade->windows[i] = {r.x, r.y, r.width, r.height, weight};
        }
        *windows = cascade->windows.data();
        return static_cast<int>(n);
    } catch (...) {
        return fail_current(FB_ERR_USAGE, "face cascade");
    }
}
