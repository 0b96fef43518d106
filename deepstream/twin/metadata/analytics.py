"""What nvdsanalytics finds: on a frame, and on each object."""

from __future__ import annotations

from deepstream.twin.metadata.record import Record, part, text, whole


class NvDsAnalyticsFrameMeta(Record):
    """By label: objects in each region, line crossings now and in all, overcrowding; by class."""

    ocStatus: dict[str, bool] = part(dict)
    objInROIcnt: dict[str, int] = part(dict)
    objLCCurrCnt: dict[str, int] = part(dict)
    objLCCumCnt: dict[str, int] = part(dict)
    unique_id: int = whole(signed=False)
    objCnt: dict[int, int] = part(dict)


class NvDsAnalyticsObjInfo(Record):
    """Labels of the regions, lines and directions that this object is in, crosses, follows."""

    roiStatus: list[str] = part(list)
    ocStatus: list[str] = part(list)
    lcStatus: list[str] = part(list)
    dirStatus: str = text()
    unique_id: int = whole(signed=False)
    objStatus: str = text()
