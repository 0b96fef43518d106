"""Specifications of which nothing carries over: how they are known, and why."""

from __future__ import annotations

from train2edge.spec.tlt.kind import Kind, has, sources_end

RUNS = "it says how to run a network, not how to train one: give the training specification; "
_ONLY = "t2e trains boxes, and classes of whole pictures"
_SEGMENTS = f"a class for every pixel is not learned here: {_ONLY}"
_LETTERS = f"letters are not read here: {_ONLY}"
_SPACE = f"points in space and depth are not learned here: {_ONLY}"
_LIKENESS = f"likeness is not learned here: {_ONLY}"
_FEATURES = f"features without labels are not learned here: {_ONLY}"
_WORDS = f"objects that sentences name are not learned here: {_ONLY}, which have names"
_TIME = f"several pictures in a row are not learned here: {_ONLY}"
_POSES = f"joints and poses are not learned here: {_ONLY}"

REFUSED = (
    Kind(
        "DetectNet_v2's inference",
        has("inferencer_config", "bbox_handler_config"),
        refusal=f"{RUNS}t2e infer RUN -i PICTURES -o OUT; clustering is evaluation.clustering",
    ),
    Kind("LPRNet", has("lpr_config"), refusal=_LETTERS),
    Kind(
        "UNet",
        has("dataset_config.data_class_config", "model_config.model_input_width"),
        refusal=_SEGMENTS,
    ),
    Kind(
        "multitask classification",
        has("dataset_config.train_csv_path"),
        refusal="several answers for one picture are not learned here: one classifier each",
    ),
    Kind(
        "offline augmentation",
        has("spatial_config", "spatial_aug", "color_config", "color_aug", "blur_config"),
        refusal="pictures are changed while it trains, or before by t2e data augment",
    ),
    Kind(
        "Grounding DINO",
        has(
            "model.log_scale",
            "model.text_encoder_type",
            "dataset.max_labels",
            "dataset.train_data_sources.label_map",
        ),
        refusal=_WORDS,
    ),
    Kind("Grounding DINO", sources_end("dataset.train_data_sources", ".jsonl"), refusal=_WORDS),
    Kind("Mask Grounding DINO", has("model.num_region_queries"), refusal=_WORDS),
    Kind("MAL", has("dataset.train_ann_path"), refusal="masks are not made of boxes here"),
    Kind("OneFormer", has("model.one_former"), refusal=_SEGMENTS),
    Kind("MAE", has("train.stage", "model.mask_ratio", "model.decoder_depth"), refusal=_FEATURES),
    Kind("PointPillars", has("dataset.data_info_path", "dataset.info_path"), refusal=_SPACE),
    Kind("PointPillars", has("DATA_CONFIG", "POINT_CLOUD_RANGE"), refusal=_SPACE),
    Kind("BEVFusion", has("dataset.gt_box_type", "model.point_cloud_range"), refusal=_SPACE),
    Kind("BEVFusion", has("root_dir"), refusal=_SPACE),
    Kind("Sparse4D", has("model.head.instance_bank", "model.use_temporal_align"), refusal=_SPACE),
    Kind(
        "a depth network",
        has("model.mono_backbone", "dataset.dataset_name", "dataset.infer_dataset.data_sources"),
        refusal=_SPACE,
    ),
    Kind(
        "a segmenter",
        has("dataset.segment", "dataset.palette", "dataset.img_norm_cfg", "model.decode_head"),
        refusal=_SEGMENTS,
    ),
    Kind(
        "optical inspection",
        has("dataset.classify", "model.embedding_vectors", "dataset.num_input"),
        refusal=_LIKENESS,
    ),
    Kind("OCRNet", has("dataset.character_list_file", "dataset.train_gt_file"), refusal=_LETTERS),
    Kind("OCDNet", has("model.load_pruned_graph", "dataset.validate_dataset"), refusal=_LETTERS),
    Kind(
        "metric learning",
        has("dataset.query_dataset_dir", "model.feat_dim", "dataset.pixel_mean"),
        refusal=_LIKENESS,
    ),
    Kind(
        "action recognition",
        has("model.rgb_seq_length", "dataset.clips_per_video", "model_config.rgb_seq_length"),
        refusal=_TIME,
    ),
    Kind("action recognition", has("model_config.model_type"), refusal=_TIME),
    Kind("pose classification", has("model.graph_layout"), refusal=_POSES),
    Kind("CenterPose", has("model.down_ratio", "dataset.inference_data"), refusal=_POSES),
    Kind(
        "a foundation model",
        has("model.network", "model.adaptor_name", "dataset.transform", "train.num_prototypes"),
        refusal=_FEATURES,
    ),
)
