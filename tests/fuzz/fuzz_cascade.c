/* Cascade files; what loads looks at a picture. */
#include "fuzz.h"

#include "vis/cascade.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t grey[64 * 64];
    struct vis_cascade *cascade = NULL;
    struct vis_cascade_settings settings = vis_default_cascade_settings();
    for (size_t i = 0; i < sizeof grey; i++)
        grey[i] = (uint8_t)(i * i / 7);
    if (!vis_cascade_create(fuzz_file(data, size), &settings, NULL, &cascade)) {
        struct vis_cascade_box boxes[16];
        (void)!vis_cascade_detect(cascade, grey, 64, 64, 64, boxes, 16);
    }
    vis_cascade_destroy(&cascade);
    return 0;
}


void fuzz_seeds(void)
{
#define HAAR                                                                                                          \
    "<opencv_storage><cascade><stageType>BOOST</stageType><featureType>HAAR</featureType><height>20</height>"        \
    "<width>20</width><featureParams><maxCatCount>0</maxCatCount></featureParams><stageNum>1</stageNum>"              \
    "<stages><_><stageThreshold>0.1</stageThreshold><weakClassifiers><_><internalNodes>0 -1 0 0.5</internalNodes>"    \
    "<leafValues>-1 1</leafValues></_></weakClassifiers></_></stages><features><_><rects><_>1 2 3 4 -1.</_>"          \
    "<_>1 2 3 2 2.</_></rects>"
    fuzz_seed_text("haar", HAAR "</_></features></cascade></opencv_storage>");
    fuzz_seed_text("tilted", HAAR "<tilted>0</tilted></_></features></cascade></opencv_storage>");
    fuzz_seed_text("lbp",
                   "<opencv_storage><cascade><stageType>BOOST</stageType><featureType>LBP</featureType>"
                   "<height>24</height><width>24</width><featureParams><maxCatCount>256</maxCatCount></featureParams>"
                   "<stageNum>1</stageNum><stages><_><stageThreshold>-0.7</stageThreshold><weakClassifiers><_>"
                   "<internalNodes>0 -1 0 -67130709 -21569 -1426120013 -1275125205 -21585 -16385 587145899 -24005"
                   "</internalNodes><leafValues>-0.65 0.88</leafValues></_></weakClassifiers></_></stages>"
                   "<features><_><rect>0 0 3 5</rect></_></features></cascade></opencv_storage>");
}
