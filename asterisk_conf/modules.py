"""The Asterisk modules that are loaded, by what they are for. Nothing else is: less to start, less to attack."""

from __future__ import annotations

from pathlib import Path

GROUPS: dict[str, str] = {
    "dialplan": "pbx_config app_verbose app_stack app_exec app_while func_logic func_strings func_cut func_env "
    "func_timeout func_channel func_callerid func_cdr func_global func_uri func_math func_db func_dialplan func_export "
    "func_hangupcause func_lock app_celgenuserevent app_originate app_channelredirect app_softhangup",
    "sound": "format_wav format_pcm format_sln codec_alaw codec_ulaw codec_a_mu codec_resample app_playback app_read "
    "app_record app_amd res_musiconhold",
    "calls": "chan_pjsip app_dial app_queue app_confbridge app_mixmonitor app_chanspy bridge_simple bridge_softmix "
    "bridge_holding bridge_native_rtp bridge_builtin_features bridge_builtin_interval_features res_rtp_asterisk "
    "res_timing_timerfd",
    "sip": "res_sorcery_config res_sorcery_memory res_sorcery_astdb res_pjproject res_pjsip res_pjsip_session "
    "res_pjsip_sdp_rtp res_pjsip_caller_id res_pjsip_registrar res_pjsip_nat res_pjsip_refer res_pjsip_rfc3326 "
    "res_pjsip_dtmf_info res_pjsip_authenticator_digest res_pjsip_outbound_authenticator_digest "
    "res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user res_pjsip_acl res_pjsip_dlg_options "
    "res_pjsip_empty_info res_pjsip_header_funcs res_pjsip_logger res_pjsip_maintenance res_pjsip_path "
    "res_pjsip_pubsub",
    "fax": "res_fax res_fax_spandsp res_pjsip_t38",
    "programs": "res_speech res_agi res_audiosocket app_audiosocket",
    "records": "cel_custom cdr_custom res_cdrel_custom res_security_log",
    "figures": "res_prometheus",
    "states": "res_stasis res_stasis_device_state func_devstate res_manager_devicestate",
}


def names(folder: Path | None = None, fax: bool = True) -> list[str]:
    """The module names without ending, in load order; only those in `folder` when given (Asterisk 20 has fewer)."""
    listed = [name for topic, group in GROUPS.items() if fax or topic != "fax" for name in group.split()]
    return [name for name in listed if folder is None or (folder / f"{name}.so").exists()]
